package main

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

type workspaceCmd struct {
	Create workspaceCreateCmd `cmd:"" help:"Make a workspace."`
	Delete workspaceDeleteCmd `cmd:"" help:"Delete a workspace with everything in it, for good."`
}

type workspaceCreateCmd struct {
	databaseFlags
	Name string `arg:"" help:"Name of the workspace, for people."`
	ID   string `help:"Its public id; a new uuid where left out."`
}

// Run makes a workspace.
func (c workspaceCreateCmd) Run(ctx runContext, s *streams) error {
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if c.ID == "" {
		c.ID = uuid.NewString()
	}
	w, err := db.EnsureWorkspace(ctx, c.ID, c.Name)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"data": map[string]string{"workspace_id": w.ID, "name": w.Name}})
	}
	fmt.Fprintf(s.out, "%s  %s\n", w.ID, printable(w.Name))
	return nil
}

type workspaceDeleteCmd struct {
	databaseFlags
	ID  string `arg:"" help:"Id of the workspace."`
	Yes bool   `short:"y" help:"Delete it: there is no way back."`
}

// Run deletes a workspace. Contents in the blob folder stay: others may have the
// same ones.
func (c workspaceDeleteCmd) Run(ctx runContext, s *streams) error {
	if c.owner() == "" {
		return errNoDatabase
	}
	if !c.Yes {
		return &exitCode{exitUsage, errors.New("this deletes every task, record and key of the workspace: say --yes if you mean it")}
	}
	if err := postgres.DeleteWorkspace(ctx, c.owner(), c.ID); err != nil {
		return notFoundExit(err)
	}
	if s.json {
		return s.printJSON(map[string]any{"meta": map[string]string{"deleted": c.ID}})
	}
	fmt.Fprintf(s.out, "%s  deleted\n", c.ID)
	return nil
}

// notFoundExit gives what is not there its exit code.
func notFoundExit(err error) error {
	var e *enrich.Error
	if errors.As(err, &e) && e.Code == enrich.CodeNotFound {
		return &exitCode{exitNotFound, errors.New(e.Message)}
	}
	return err
}
