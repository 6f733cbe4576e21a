package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"

	"github.com/enrichd/enrichd/client"
)

// definitionCmd looks after a workspace's columns, or its rules.
type definitionCmd[K definitionKind] struct {
	List    definitionListCmd[K]    `cmd:"" help:"List them, newest first."`
	View    definitionViewCmd[K]    `cmd:"" help:"Show one."`
	Create  definitionCreateCmd[K]  `cmd:"" help:"Define one, by a file of its attributes in JSON."`
	Delete  definitionDeleteCmd[K]  `cmd:"" help:"Delete one; the values that it gave are taken back."`
	Preview definitionPreviewCmd[K] `cmd:"" help:"Evaluate a definition that is not saved on up to five records."`
	Compute definitionComputeCmd[K] `cmd:"" help:"Evaluate one on records, as one batch."`
}

// definitionKind says whose command it is.
type definitionKind interface{ kind() client.DefinitionKind }

type (
	columnKind struct{}
	ruleKind   struct{}
)

func (columnKind) kind() client.DefinitionKind { return client.CustomColumn }
func (ruleKind) kind() client.DefinitionKind   { return client.FieldRule }

func kindOf[K definitionKind]() client.DefinitionKind {
	var k K
	return k.kind()
}

type definitionListCmd[K definitionKind] struct {
	remoteFlags
	Root  string `help:"Those on these records alone: invoices, companies, transactions or documents."`
	Limit int    `default:"20" help:"How many at most, 1 to 500."`
}

// Run lists definitions.
func (c definitionListCmd[K]) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	query := url.Values{"page[size]": {strconv.Itoa(c.Limit)}}
	if c.Root != "" {
		query.Set("filter[root]", c.Root)
	}
	page, err := api.Definitions(ctx, kindOf[K](), query)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"data": page.Data})
	}
	for _, found := range page.Data {
		fmt.Fprintln(s.out, definitionLine(found))
	}
	return nil
}

type definitionViewCmd[K definitionKind] struct {
	remoteFlags
	ID string `arg:"" help:"Id of the definition."`
}

// Run shows a definition.
func (c definitionViewCmd[K]) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	found, err := api.Definition(ctx, kindOf[K](), c.ID)
	if err != nil {
		return err
	}
	return printDefinition(s, found)
}

type definitionCreateCmd[K definitionKind] struct {
	remoteFlags
	File string `arg:"" help:"File with the attributes, as docs/expressions.md shows them; - for standard input."`
}

// Run defines a column or a rule.
func (c definitionCreateCmd[K]) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	attributes, err := readAttributes(c.File)
	if err != nil {
		return err
	}
	made, err := api.Define(ctx, kindOf[K](), attributes)
	if err != nil {
		return err
	}
	return printDefinition(s, made)
}

type definitionDeleteCmd[K definitionKind] struct {
	remoteFlags
	ID string `arg:"" help:"Id of the definition."`
}

// Run deletes a definition.
func (c definitionDeleteCmd[K]) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	if err := api.DeleteDefinition(ctx, kindOf[K](), c.ID); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "%s is deleted.\n", c.ID)
	return nil
}

type definitionPreviewCmd[K definitionKind] struct {
	remoteFlags
	File    string   `arg:"" help:"File with the attributes; - for standard input."`
	Records []string `name:"record" help:"Ids of records, up to five. Default: the newest."`
}

// Run evaluates a definition without saving it.
func (c definitionPreviewCmd[K]) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	attributes, err := readAttributes(c.File)
	if err != nil {
		return err
	}
	if len(c.Records) > 0 {
		attributes["record_ids"] = c.Records
	}
	shown, err := api.PreviewDefinition(ctx, kindOf[K](), attributes)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"data": shown})
	}
	var rows []struct {
		RecordID string `json:"record_id"`
		Value    any    `json:"value"`
		Currency string `json:"currency"`
		Reason   *struct{ Message string }
	}
	if err := json.Unmarshal(shown.Attributes["rows"], &rows); err != nil {
		return err
	}
	for _, row := range rows {
		value := "no value"
		if row.Value != nil {
			value = fmt.Sprint(row.Value)
		}
		if row.Reason != nil {
			value += ": " + row.Reason.Message
		}
		fmt.Fprintf(s.out, "%s  %s %s\n", printable(row.RecordID), printable(value), row.Currency)
	}
	return nil
}

type definitionComputeCmd[K definitionKind] struct {
	remoteFlags
	ID      string   `arg:"" help:"Id of the definition."`
	Records []string `name:"record" help:"Ids of the records, up to 500."`
	All     bool     `help:"All records of its kind."`
	Stale   bool     `help:"The records whose value waits to be computed again: the definition, or what it was read from, has changed."`
}

// Run computes a definition.
func (c definitionComputeCmd[K]) Run(ctx runContext, s *streams) error {
	ways := 0
	for _, way := range []bool{c.All, c.Stale, len(c.Records) > 0} {
		if way {
			ways++
		}
	}
	if ways != 1 {
		return &exitCode{exitUsage, fmt.Errorf("name records with --record, or take --all of them, or those that are --stale")}
	}
	api, err := c.client()
	if err != nil {
		return err
	}
	attributes := map[string]any{"record_ids": c.Records}
	switch {
	case c.All:
		attributes = map[string]any{"selector": map[string]any{}}
	case c.Stale:
		attributes = map[string]any{"selector": map[string]any{"stale": true}}
	}
	batch, err := api.Compute(ctx, kindOf[K](), c.ID, attributes)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"data": batch})
	}
	fmt.Fprintf(s.out, "%s  %d tasks\n", batch.ID, batch.Int("total"))
	fmt.Fprintf(s.err, "Follow it: enrichd batch watch %s\n", batch.ID)
	return nil
}

// maxDefinition bounds a file of attributes, in bytes.
const maxDefinition = 1 << 20

func readAttributes(name string) (map[string]any, error) {
	file := os.Stdin
	if name != "-" {
		opened, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer opened.Close()
		file = opened
	}
	raw, err := io.ReadAll(io.LimitReader(file, maxDefinition))
	if err != nil {
		return nil, err
	}
	var attributes map[string]any
	if err := json.Unmarshal(raw, &attributes); err != nil || attributes == nil {
		return nil, &exitCode{exitUsage, fmt.Errorf("%s holds no JSON object of attributes", name)}
	}
	return attributes, nil
}

// definitionLine is a definition in one line.
func definitionLine(d client.Resource) string {
	line := fmt.Sprintf("%s  %s.%s", d.ID, d.Text("root"), printable(d.Text("field_key")))
	if t := d.Text("column_type"); t != "" {
		line += "  " + t
	}
	if mode := d.Text("mode"); mode != "" && mode != "active" {
		line += "  (" + mode + ")"
	}
	return line
}

func printDefinition(s *streams, d client.Resource) error {
	if s.json {
		return s.printJSON(map[string]any{"data": d})
	}
	fmt.Fprintln(s.out, definitionLine(d))
	for _, name := range []string{"formula_config", "rules_config", "format_config", "reads"} {
		if raw := d.Attributes[name]; len(raw) > 0 && string(raw) != "null" {
			fmt.Fprintf(s.out, "  %-15s %s\n", name, printable(string(raw)))
		}
	}
	return nil
}
