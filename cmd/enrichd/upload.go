package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/enrichd/enrichd/client"
)

type uploadCmd struct {
	remoteFlags
	Files []string `arg:"" name:"file" help:"Files to send."`
}

// Run sends each file. What was sent stays sent when a later one fails.
func (c uploadCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	var sent []client.Resource
	var failures []error
	for _, name := range c.Files {
		doc, made, err := c.send(ctx, api, name)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", name, err))
			continue
		}
		sent = append(sent, doc)
		if !s.json {
			state := "stored"
			if !made {
				state = "known already"
			}
			fmt.Fprintf(s.out, "%s  %s  %s\n", doc.ID, state, printable(doc.Text("filename")))
		}
	}
	if s.json {
		if err := s.printJSON(map[string]any{"data": sent}); err != nil {
			return err
		}
	}
	if len(sent) > 0 {
		fmt.Fprintln(s.err, "Follow the reading with: enrichd task watch")
	}
	return errors.Join(failures...)
}

func (c uploadCmd) send(ctx runContext, api *client.Client, name string) (client.Resource, bool, error) {
	file, err := os.Open(name)
	if err != nil {
		return client.Resource{}, false, err
	}
	defer file.Close()
	return api.Upload(ctx, name, file)
}
