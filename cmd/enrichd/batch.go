package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/enrichd/enrichd/client"
)

type batchCmd struct {
	List  batchListCmd  `cmd:"" help:"List batches, newest first."`
	View  batchViewCmd  `cmd:"" help:"Show one batch."`
	Watch batchWatchCmd `cmd:"" help:"Follow a batch until nothing of it runs."`
}

type batchListCmd struct {
	remoteFlags
	watchFlags
	Limit int `default:"20" help:"How many at most, 1 to 500."`
}

// Run lists one page of batches.
func (c batchListCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	page, err := api.Batches(ctx, c.Limit)
	if err != nil {
		return err
	}
	return s.printPage(page, "There is no batch yet.", func(b client.Resource) {
		fmt.Fprintf(s.out, "%s  %-9s %s\n", b.ID, age(b.Time("created_at")), progress(b))
	})
}

type batchViewCmd struct {
	remoteFlags
	watchFlags
	ID string `arg:"" help:"Id of the batch."`
}

// Run shows one batch.
func (c batchViewCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	b, err := api.Batch(ctx, c.ID)
	if err != nil {
		return err
	}
	return printBatch(s, b)
}

type batchWatchCmd struct {
	remoteFlags
	ID         string        `arg:"" optional:"" help:"Id of the batch."`
	Last       bool          `help:"The newest batch."`
	Interval   time.Duration `default:"500ms" help:"How often to look."`
	ExitStatus bool          `help:"End with 7 if a task failed or was rejected, with 8 if one needs a person."`
}

// Run follows a batch.
func (c batchWatchCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	if c.ID == "" {
		if !c.Last {
			return &exitCode{exitUsage, errors.New("name a batch, or say --last")}
		}
		page, err := api.Batches(ctx, 1)
		if err != nil {
			return err
		}
		if len(page.Data) == 0 {
			return &exitCode{exitNotFound, errors.New("there is no batch yet")}
		}
		c.ID = page.Data[0].ID
	}
	return watchBatch(ctx, s, api, c.ID, c.Interval, c.ExitStatus)
}

// watchBatch follows a batch until nothing of it runs.
func watchBatch(ctx runContext, s *streams, api *client.Client, id string, interval time.Duration, exitStatus bool) error {
	last := ""
	for {
		b, err := api.Batch(ctx, id)
		if err != nil {
			return err
		}
		now := progress(b)
		if now != last {
			s.step(bar(b.Int("total")-b.Int("open"), b.Int("total")), now)
			last = now
		}
		if b.Int("running") == 0 {
			s.stepped()
			if err := printBatch(s, b); err != nil || !exitStatus {
				return err
			}
			return batchExit(b)
		}
		if err := sleep(ctx, interval); err != nil {
			return err
		}
	}
}

// batchExit says by its code how a batch ended.
func batchExit(b client.Resource) error {
	counts := statusCounts(b)
	switch {
	case counts["awaiting_approval"] > 0:
		return &exitCode{code: exitNeedsPerson}
	case counts["failed"]+counts["rejected"] > 0:
		return &exitCode{code: exitSomeFailed}
	}
	return nil
}

type batchCount struct {
	Type   string `json:"enrichment_type"`
	Status string
	Tasks  int
}

func batchCounts(b client.Resource) []batchCount {
	var counts []batchCount
	_ = json.Unmarshal(b.Attributes["counts"], &counts)
	return counts
}

func statusCounts(b client.Resource) map[string]int {
	sums := map[string]int{}
	for _, c := range batchCounts(b) {
		sums[c.Status] += c.Tasks
	}
	return sums
}

// progress is how far a batch is, in one line.
func progress(b client.Resource) string {
	n := statusCounts(b)
	line := fmt.Sprintf("%d of %d done  %d running  %d need you  %d could not", n["completed"], b.Int("total"), b.Int("running"),
		n["awaiting_approval"], n["failed"]+n["rejected"])
	if eta := b.Time("eta"); !eta.IsZero() {
		line += "  about " + max(time.Until(eta), 0).Round(time.Second).String() + " left"
	}
	return line
}

func printBatch(s *streams, b client.Resource) error {
	if s.json {
		return s.printJSON(map[string]any{"data": b})
	}
	fmt.Fprintf(s.out, "batch %s  %s\n", b.ID, progress(b))
	for _, c := range batchCounts(b) {
		fmt.Fprintf(s.out, "  %-32s %-17s %6d\n", c.Type, c.Status, c.Tasks)
	}
	if n := b.Int("joined") + b.Int("reused"); n > 0 {
		fmt.Fprintf(s.out, "  %d stood already: %d open, %d finished\n", n, b.Int("joined"), b.Int("reused"))
	}
	fmt.Fprintf(s.out, "  cost so far %s\n", money(b.Int("cost_micros")))
	return nil
}
