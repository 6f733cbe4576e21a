package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/enrichd/enrichd/client"
)

type taskCmd struct {
	List  taskListCmd  `cmd:"" help:"List tasks, newest first."`
	View  taskViewCmd  `cmd:"" help:"Show one task."`
	Watch taskWatchCmd `cmd:"" help:"Follow one task to its end, or all open ones."`
}

type taskListCmd struct {
	remoteFlags
	watchFlags
	Status  []string `help:"Only these states."`
	Type    []string `help:"Only these enrichment types."`
	Channel []string `help:"Only these channels that they came by."`
	Entity  string   `help:"Only this target: type/id."`
	Batch   string   `help:"Only those of this batch."`
	Limit   int      `default:"20" help:"How many at most, 1 to 500."`
}

// Run lists one page of tasks.
func (c taskListCmd) Run(ctx runContext, s *streams) error {
	if entityType, id, ok := cutEntity(c.Entity); c.Entity != "" && (!ok || entityType == "" || id == "") {
		return &exitCode{exitUsage, fmt.Errorf("--entity %q names no record: write type/id, such as company/ID", c.Entity)}
	}
	api, err := c.client()
	if err != nil {
		return err
	}
	page, err := api.Tasks(ctx, c.query())
	if err != nil {
		return err
	}
	return s.printPage(page, "There is no such task.", func(t client.Resource) { fmt.Fprintln(s.out, taskLine(t)) })
}

func (c taskListCmd) query() url.Values {
	q := url.Values{"page[size]": {strconv.Itoa(c.Limit)}}
	for name, values := range map[string][]string{"filter[status]": c.Status, "filter[enrichment_type]": c.Type, "filter[source_channel]": c.Channel} {
		if len(values) > 0 {
			q.Set(name, join(values))
		}
	}
	if c.Batch != "" {
		q.Set("filter[batch_id]", c.Batch)
	}
	if entityType, id, ok := cutEntity(c.Entity); ok {
		q.Set("filter[entity_type]", entityType)
		q.Set("filter[entity_id]", id)
	}
	return q
}

func taskLine(t client.Resource) string {
	return fmt.Sprintf("%s  %-17s %-14s %-9s %s", t.ID, t.Text("status"), t.Text("enrichment_type"), age(t.Time("created_at")),
		firstLine(t.Text("description")))
}

type taskViewCmd struct {
	remoteFlags
	watchFlags
	ID string `arg:"" help:"Id of the task."`
}

// Run shows one task.
func (c taskViewCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	t, err := api.Task(ctx, c.ID)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"data": t})
	}
	printTask(s, t)
	return nil
}

func printTask(s *streams, t client.Resource) {
	fmt.Fprintf(s.out, "%s for %s %s  %s\n", t.Text("enrichment_type"), t.Text("entity_type"), printable(t.Text("entity_id")), t.Text("status"))
	for _, line := range [][2]string{
		{"what", printable(t.Text("description"))},
		{"error", printable(t.Text("error"))},
		{"channel", t.Text("source_channel")},
		{"created", t.Text("created_at")},
		{"completed", t.Text("completed_at")},
		{"waits", waitWords(t)},
	} {
		if line[1] != "" {
			fmt.Fprintf(s.out, "  %-10s %s\n", line[0], line[1])
		}
	}
	if raw := t.Attributes["output"]; len(raw) > 0 && string(raw) != "null" {
		fmt.Fprint(s.out, "  output\n")
		_ = s.printJSON(raw)
	}
}

func waitWords(t client.Resource) string {
	var w struct{ Words string }
	_ = json.Unmarshal(t.Meta["wait_reason"], &w)
	return printable(w.Words)
}

type taskWatchCmd struct {
	remoteFlags
	ID         string        `arg:"" optional:"" help:"Id of the task; all open tasks where left out."`
	Interval   time.Duration `default:"500ms" help:"How often to look."`
	ExitStatus bool          `help:"End with 7 if a task failed or was rejected, with 8 if one needs a person."`
}

// Run follows tasks until none of them is open.
func (c taskWatchCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	if c.ID != "" {
		return c.watchOne(ctx, api, s)
	}
	return c.watchOpen(ctx, api, s)
}

func (c taskWatchCmd) watchOne(ctx context.Context, api *client.Client, s *streams) error {
	last := ""
	for {
		t, err := api.Task(ctx, c.ID)
		if err != nil {
			return err
		}
		if now := t.Text("status"); now != last {
			fmt.Fprintln(s.err, taskLine(t))
			last = now
		}
		if settled(last) {
			if s.json {
				err = s.printJSON(map[string]any{"data": t})
			}
			return c.exit([]string{last}, err)
		}
		if err := sleep(ctx, c.Interval); err != nil {
			return err
		}
	}
}

// watchOpen follows what is open, and what follows from it, until nothing is.
func (c taskWatchCmd) watchOpen(ctx context.Context, api *client.Client, s *streams) error {
	began, shown := time.Now(), map[string]string{}
	var final []client.Resource
	for quiet := 0; quiet < 3; {
		page, err := api.Tasks(ctx, url.Values{"page[size]": {"100"}})
		if err != nil {
			return err
		}
		open := 0
		for _, t := range slices.Backward(page.Data) {
			now := t.Text("status")
			if !settled(now) {
				open++
			}
			recent := t.Time("created_at").After(began.Add(-time.Minute))
			if shown[t.ID] == now || !recent && settled(now) && shown[t.ID] == "" {
				continue
			}
			shown[t.ID] = now
			fmt.Fprintln(s.err, taskLine(t))
			if settled(now) {
				final = append(final, t)
			}
		}
		quiet++ // a few looks without work: follow-ups come a moment after their cause
		if open > 0 {
			quiet = 0
		}
		if err := sleep(ctx, c.Interval); err != nil {
			return err
		}
	}
	var err error
	if s.json {
		err = s.printJSON(map[string]any{"data": final})
	}
	var states []string
	for _, t := range final {
		states = append(states, t.Text("status"))
	}
	return c.exit(states, err)
}

func (c taskWatchCmd) exit(states []string, err error) error {
	if err != nil || !c.ExitStatus {
		return err
	}
	if slices.Contains(states, "failed") || slices.Contains(states, "rejected") {
		return &exitCode{code: exitSomeFailed}
	}
	if slices.Contains(states, "awaiting_approval") {
		return &exitCode{code: exitNeedsPerson}
	}
	return nil
}

// settled reports whether no worker has anything left to do.
func settled(status string) bool { return status != "pending" && status != "processing" }

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
