package enrich

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Fingerprint is what makes two requests the same work.
type Fingerprint struct {
	Type         Type
	Input        json.RawMessage
	TargetFields []string
	KindVersion  int
	RuleVersion  string   // version of the rules or of the prompt, where the kind has them
	Checksums    []string // of the content the work reads
}

// Hash returns "sha256:" and 64 hex digits over the canonical JSON of f. It
// fails on an input that is not JSON.
func (f Fingerprint) Hash() (string, error) {
	doc := map[string]any{"enrichment_type": string(f.Type), "kind_version": json.Number(strconv.Itoa(f.KindVersion))}
	if len(f.Input) > 0 {
		input, err := decodeJSON(f.Input)
		if err != nil {
			return "", fmt.Errorf("fingerprint: %w", err)
		}
		doc["input"] = input
	}
	if f.TargetFields != nil {
		doc["target_fields"] = f.TargetFields
	}
	if f.RuleVersion != "" {
		doc["rule_version"] = f.RuleVersion
	}
	if len(f.Checksums) > 0 {
		doc["checksums"] = f.Checksums
	}
	var out bytes.Buffer
	writeCanonical(&out, doc)
	return sum(out.Bytes()), nil
}

func sum(content []byte) string {
	s := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(s[:])
}

// CanonicalJSON writes a JSON text with the member order and the string
// escapes of RFC 8785. Numbers stay the literals that came: RFC 8785 would
// make IEEE doubles of them, and two 20-digit ids would become one.
func CanonicalJSON(raw []byte) ([]byte, error) {
	v, err := decodeJSON(raw)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Grow(len(raw))
	writeCanonical(&out, v)
	return out.Bytes(), nil
}

// decodeJSON decodes one JSON value, numbers as their literals.
func decodeJSON(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}

func writeCanonical(out *bytes.Buffer, v any) {
	switch v := v.(type) {
	case map[string]any:
		writeCanonicalObject(out, v)
	case []any:
		writeCanonicalArray(out, v)
	case []string:
		writeCanonicalArray(out, v)
	case json.Number:
		out.WriteString(v.String())
	case string:
		writeCanonicalString(out, v)
	case bool:
		fmt.Fprintf(out, "%t", v)
	default:
		out.WriteString("null")
	}
}

func writeCanonicalArray[E any](out *bytes.Buffer, a []E) {
	out.WriteByte('[')
	for i, e := range a {
		if i > 0 {
			out.WriteByte(',')
		}
		writeCanonical(out, e)
	}
	out.WriteByte(']')
}

func writeCanonicalObject(out *bytes.Buffer, m map[string]any) {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, compareUTF16)
	out.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			out.WriteByte(',')
		}
		writeCanonicalString(out, name)
		out.WriteByte(':')
		writeCanonical(out, m[name])
	}
	out.WriteByte('}')
}

// compareUTF16 orders names by UTF-16 code units, as RFC 8785 section 3.2.3 asks.
// Of ASCII these are the bytes.
func compareUTF16(a, b string) int {
	if ascii(a) && ascii(b) {
		return strings.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// escapes are those of RFC 8785 section 3.2.2.2 with a short form.
var escapes = map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`}

func escaped(r rune) bool { return r < 0x20 || r == '"' || r == '\\' }

// writeCanonicalString escapes what RFC 8785 section 3.2.2.2 names and nothing else.
func writeCanonicalString(out *bytes.Buffer, s string) {
	out.WriteByte('"')
	if utf8.ValidString(s) && strings.IndexFunc(s, escaped) < 0 { // nearly every string
		out.WriteString(s)
		out.WriteByte('"')
		return
	}
	for _, r := range s {
		if short, ok := escapes[r]; ok {
			out.WriteString(short)
		} else if r < 0x20 {
			fmt.Fprintf(out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
}
