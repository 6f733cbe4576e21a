package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/enrichd/enrichd/client"
)

type emailCmd struct {
	remoteFlags
	Files []string `arg:"" name:"file" help:"E-mails (.eml) to import."`
}

// Run imports each message. What was imported stays when a later one fails.
func (c emailCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	imported := []client.Resource{}
	var failures []error
	for _, name := range c.Files {
		email, err := sendEmail(ctx, api, name)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", name, err))
			continue
		}
		imported = append(imported, email)
		if !s.json {
			printEmail(s, name, email)
		}
	}
	if s.json {
		if err := s.printJSON(map[string]any{"data": imported}); err != nil {
			return err
		}
	}
	return errors.Join(failures...)
}

func sendEmail(ctx runContext, api *client.Client, name string) (client.Resource, error) {
	file, err := os.Open(name)
	if err != nil {
		return client.Resource{}, err
	}
	defer file.Close()
	email, _, err := api.ImportEmail(ctx, name, file)
	return email, err
}

func printEmail(s *streams, name string, email client.Resource) {
	var attachments []struct {
		DocumentID string `json:"document_id"`
		Filename   string `json:"filename"`
	}
	var refused []struct{ Name, Message string }
	_ = json.Unmarshal(email.Attributes["attachments"], &attachments)
	_ = json.Unmarshal(email.Attributes["refused"], &refused)
	fmt.Fprintf(s.out, "%s  %d attachment(s)  %s\n", email.ID, len(attachments), printable(name))
	for _, a := range attachments {
		fmt.Fprintf(s.out, "  %s  %s\n", a.DocumentID, printable(a.Filename))
	}
	for _, r := range refused {
		fmt.Fprintf(s.err, "  not taken: %s: %s\n", printable(r.Name), printable(r.Message))
	}
}
