package main

import (
	"errors"
	"fmt"

	"github.com/enrichd/enrichd/postgres"
)

type doctorCmd struct {
	databaseFlags
	Fix bool `help:"Make dispatch rows and counters anew from the tasks."`
}

// Run looks for faults; it ends with 1 where one is left.
func (c doctorCmd) Run(ctx runContext, s *streams) error {
	db, err := c.store(ctx, postgres.Options{})
	if errors.Is(err, errNoDatabase) {
		return err
	}
	if err != nil {
		return &exitCode{exitTemporary, err}
	}
	defer db.Close()
	faults, err := db.Examine(ctx, c.Fix)
	if err != nil {
		return err
	}
	left := 0
	for _, f := range faults {
		mark := "mended"
		if !f.Mended {
			left++
			mark = "found "
		}
		if !s.json {
			fmt.Fprintf(s.out, "%s  %-20s %s %s: expected %s, found %s\n", mark, f.Code, f.WorkspaceID, f.Subject, f.Expected, f.Found)
		}
	}
	if s.json {
		if err := s.printJSON(map[string]any{"faults": append([]postgres.Fault{}, faults...)}); err != nil {
			return err
		}
	}
	switch {
	case left > 0 && !c.Fix:
		return errors.New("the database does not fit together; mend it with enrichd doctor --fix")
	case left > 0:
		return fmt.Errorf("%d faults could not be mended", left)
	}
	fmt.Fprintln(s.err, "Tasks, dispatch rows and counters fit together.")
	return nil
}
