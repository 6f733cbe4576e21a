package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// printLines writes each element of a list on a line of its own, and anything else
// on one line.
func (s *streams) printLines(v any) error {
	raw, err := compact(v)
	if err != nil {
		return err
	}
	var doc struct{ Data []json.RawMessage }
	if json.Unmarshal(raw, &doc) != nil || doc.Data == nil {
		doc.Data = []json.RawMessage{raw}
	}
	for _, line := range doc.Data {
		if _, err := s.out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// printCSV writes a list as a table: the id where there is one, then every attribute in the order of
// their names. A text that a spreadsheet would take for a formula gets a ' in front.
func (s *streams) printCSV(v any) error {
	raw, err := compact(v)
	if err != nil {
		return err
	}
	var doc struct{ Data json.RawMessage }
	if json.Unmarshal(raw, &doc) != nil || doc.Data == nil {
		doc.Data = raw
	}
	var rows []map[string]json.RawMessage
	if json.Unmarshal(doc.Data, &rows) != nil {
		rows = make([]map[string]json.RawMessage, 1)
		if err := json.Unmarshal(doc.Data, &rows[0]); err != nil {
			return err
		}
	}
	names := map[string]bool{}
	for i, row := range rows {
		rows[i] = flat(row)
		for name := range rows[i] {
			names[name] = true
		}
	}
	var head []string
	if names["id"] || len(rows) == 0 {
		head = append(head, "id")
	}
	delete(names, "id")
	head = append(head, slices.Sorted(maps.Keys(names))...)
	w := csv.NewWriter(s.out)
	if err := w.Write(head); err != nil {
		return err
	}
	for _, row := range rows {
		cells := make([]string, len(head))
		for i, name := range head {
			cells[i] = cell(row[name])
		}
		if err := w.Write(cells); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// flat is a resource as one row: its id and its attributes.
func flat(resource map[string]json.RawMessage) map[string]json.RawMessage {
	var attributes map[string]json.RawMessage
	if resource["attributes"] == nil || json.Unmarshal(resource["attributes"], &attributes) != nil {
		return resource
	}
	attributes["id"] = resource["id"]
	return attributes
}

// number is a text that a spreadsheet takes for nothing but a number.
var number = regexp.MustCompile(`^-[0-9]+(\.[0-9]+)?$`)

// cell is a JSON value as text; a null is empty.
func cell(raw json.RawMessage) string {
	var text string
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return ""
	case json.Unmarshal(raw, &text) != nil:
		return string(raw)
	case text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) && !number.MatchString(text):
		return "'" + text
	}
	return text
}

func compact(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}
