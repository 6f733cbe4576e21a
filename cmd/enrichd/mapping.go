package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/enrichd/enrichd/client"
)

// mappingCmd shows how the columns of a bank's table are read, and corrects it.
type mappingCmd struct {
	remoteFlags
	ID  string   `arg:"" help:"Id of the import of a table."`
	Set []string `arg:"" optional:"" name:"member=value" help:"What is to be read otherwise: date_layout=1/2/2006, amount=4 (columns count from 1, 0 is none), description=2,3."`
}

// Run shows the mapping. With corrections the file is read anew, and so is the next
// one of the bank.
func (c mappingCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	var statement client.Resource
	if len(c.Set) == 0 {
		statement, err = api.Statement(ctx, c.ID)
	} else {
		mapping := map[string]any{}
		for _, pair := range c.Set {
			name, value, ok := strings.Cut(pair, "=")
			if !ok {
				return &exitCode{exitUsage, fmt.Errorf("%q is no member=value", pair)}
			}
			mapping[name] = mappingValue(name, value)
		}
		statement, err = api.CorrectMapping(ctx, c.ID, mapping)
	}
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"data": statement})
	}
	if len(c.Set) > 0 {
		printStatement(s, statement.Text("filename"), statement)
	}
	return printMapping(s, statement)
}

// mappingValue reads a value as its member takes it.
func mappingValue(name, value string) any {
	if name == "description" {
		columns := []int{}
		for text := range strings.SplitSeq(value, ",") {
			if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
				columns = append(columns, n)
			}
		}
		return columns
	}
	if n, err := strconv.Atoi(value); err == nil {
		return n
	}
	if name == "inverted" {
		if yes, err := strconv.ParseBool(value); err == nil {
			return yes
		}
	}
	return value
}

// printMapping lists the columns of the table with what each is read as.
func printMapping(s *streams, statement client.Resource) error {
	var m map[string]any
	if err := json.Unmarshal(statement.Attributes["mapping"], &m); err != nil || m == nil {
		fmt.Fprintln(s.out, "This import is no table: its format says what everything is.")
		return err
	}
	read := map[int][]string{}
	for name, value := range m {
		switch v := value.(type) {
		case float64:
			if name != "header_row" {
				read[int(v)] = append(read[int(v)], name)
			}
		case []any:
			for _, column := range v {
				if n, ok := column.(float64); ok && name == "description" {
					read[int(n)] = append(read[int(n)], name)
				}
			}
		}
	}
	printRows(s, m)
	header, _ := m["header"].([]any)
	for k, name := range header {
		fmt.Fprintf(s.out, "%3d  %-30s %s\n", k+1, printable(fmt.Sprint(name)), strings.Join(read[k+1], ", "))
	}
	fmt.Fprintf(s.out, "date_layout=%v decimal=%v delimiter=%v header_row=%v\n", m["date_layout"], m["decimal"], m["delimiter"], m["header_row"])
	if missing, _ := m["missing"].([]any); len(missing) > 0 {
		fmt.Fprintf(s.err, "  nothing is read yet. Say what is missing, with columns counted from 1: enrichd mapping %s %s\n", statement.ID, missingWords(missing))
	}
	doubts, _ := m["doubts"].([]any)
	for _, doubt := range doubts {
		fmt.Fprintf(s.err, "  look at this: %s\n", printable(fmt.Sprint(doubt)))
	}
	return nil
}

// printRows shows the head of a table of which nothing is read yet.
func printRows(s *streams, m map[string]any) {
	rows, _ := m["rows"].([]any)
	for _, row := range rows {
		cells, _ := row.([]any)
		shown := make([]string, len(cells))
		for k, cell := range cells {
			shown[k] = printable(fmt.Sprint(cell))
		}
		fmt.Fprintf(s.out, "     | %s\n", strings.Join(shown, " | "))
	}
}

func missingWords(missing []any) string {
	words := make([]string, len(missing))
	for k, name := range missing {
		words[k] = printable(fmt.Sprint(name)) + "=…"
	}
	return strings.Join(words, " ")
}
