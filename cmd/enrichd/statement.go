package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/enrichd/enrichd/client"
)

type statementCmd struct {
	remoteFlags
	Files []string `arg:"" name:"file" help:"Bank files to import."`
}

// Run imports each file. What was imported stays when a later one fails.
func (c statementCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	imported := []client.Resource{}
	var failures []error
	for _, name := range c.Files {
		statement, _, err := sendStatement(ctx, api, name)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", name, err))
			continue
		}
		imported = append(imported, statement)
		if !s.json {
			printStatement(s, name, statement)
		}
	}
	if s.json {
		if err := s.printJSON(map[string]any{"data": imported}); err != nil {
			return err
		}
	}
	if len(imported) > 0 {
		fmt.Fprintln(s.err, "Follow the matching with: enrichd task watch. What needs a person: enrichd approval list")
	}
	return errors.Join(failures...)
}

func sendStatement(ctx runContext, api *client.Client, name string) (client.Resource, bool, error) {
	file, err := os.Open(name)
	if err != nil {
		return client.Resource{}, false, err
	}
	defer file.Close()
	return api.ImportStatement(ctx, name, file)
}

func printStatement(s *streams, name string, statement client.Resource) {
	var isNew, known int
	var warnings []struct{ Code, Message string }
	_ = json.Unmarshal(statement.Attributes["entries_new"], &isNew)
	_ = json.Unmarshal(statement.Attributes["entries_known"], &known)
	_ = json.Unmarshal(statement.Attributes["warnings"], &warnings)
	fmt.Fprintf(s.out, "%s  %s  %d new, %d known already  %s\n", statement.ID, statement.Text("format"), isNew, known, printable(name))
	for _, w := range warnings {
		fmt.Fprintf(s.err, "  look at this: %s\n", printable(w.Message))
		if w.Code == "needs_mapping" {
			fmt.Fprintf(s.err, "  see its head: enrichd mapping %s\n", statement.ID)
		}
	}
}
