package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/enrichd/enrichd/client"
)

type approvalCmd struct {
	List    approvalListCmd    `cmd:"" help:"List what waits for a person."`
	View    approvalViewCmd    `cmd:"" help:"Show one proposal with its items and what speaks for them."`
	Approve approvalApproveCmd `cmd:"" help:"Accept a proposal, or some of its items."`
	Reject  approvalRejectCmd  `cmd:"" help:"Refuse a proposal."`
	Undo    approvalUndoCmd    `cmd:"" help:"Take back a decision that has not taken effect yet."`
}

type approvalListCmd struct {
	remoteFlags
	watchFlags
	Limit int `default:"20" help:"How many at most, 1 to 500."`
}

// Run lists the tasks that await approval.
func (c approvalListCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	page, err := api.Tasks(ctx, url.Values{"filter[status]": {"awaiting_approval"}, "page[size]": {strconv.Itoa(c.Limit)}})
	if err != nil {
		return err
	}
	return s.printPage(page, "Nothing waits for you.", func(t client.Resource) {
		fmt.Fprintln(s.out, taskLine(t))
		for _, item := range itemsOf(t) {
			fmt.Fprintf(s.out, "    %s\n", printable(item.Title))
		}
	})
}

// item is a part of a proposal that can be accepted by itself.
type item struct{ ID, Title string }

func itemsOf(t client.Resource) []item {
	var output struct {
		Proposal struct{ Items []item } `json:"_proposal"`
	}
	_ = json.Unmarshal(t.Attributes["output"], &output)
	return output.Proposal.Items
}

type approvalViewCmd struct {
	remoteFlags
	watchFlags
	ID string `arg:"" help:"Id of the task."`
}

// Run shows what is proposed, and what was decided before.
func (c approvalViewCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	t, err := api.Task(ctx, c.ID)
	if err != nil {
		return err
	}
	decisions, err := api.Decisions(ctx, c.ID)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"data": t, "decisions": decisions})
	}
	fmt.Fprintf(s.out, "%s  %s for %s %s\n\n%s\n", t.Text("status"), t.Text("enrichment_type"), t.Text("entity_type"), printable(t.Text("entity_id")), printable(t.Text("description")))
	for _, item := range itemsOf(t) {
		fmt.Fprintf(s.out, "\n  item %s\n    %s\n", item.ID, printable(item.Title))
	}
	for _, d := range decisions {
		fmt.Fprintf(s.out, "\n  %s by %s at %s: %s %s\n", d.Text("decision"), printable(d.Text("decided_by")), d.Text("created_at"), d.Text("state"), printable(d.Text("reason")))
	}
	if t.Text("status") == "awaiting_approval" {
		fmt.Fprintf(s.err, "\nDecide: enrichd approval approve %s [--item ID…], or enrichd approval reject %s --reason …\n", t.ID, t.ID)
	}
	return nil
}

type decideFlags struct {
	remoteFlags
	IDs    []string `arg:"" name:"id" help:"Ids of the tasks."`
	Reason string   `help:"Why; it is kept with the decision."`
	Hash   string   `help:"Hash of the output that you looked at (meta.output_hash), for a single task. Default: the one that stands now."`
	Now    bool     `help:"Take effect at once: it cannot be undone."`
}

type approvalApproveCmd struct {
	decideFlags
	Item []string `help:"Accept only this item; more than once for several."`
}

// Run approves a proposal.
func (c approvalApproveCmd) Run(ctx runContext, s *streams) error {
	return c.decide(ctx, s, "approve", c.Item)
}

type approvalRejectCmd struct{ decideFlags }

// Run rejects a proposal.
func (c approvalRejectCmd) Run(ctx runContext, s *streams) error {
	return c.decide(ctx, s, "reject", nil)
}

// decide sends one decision for each task. What was decided stays when a later
// one fails.
func (c decideFlags) decide(ctx runContext, s *streams, verdict string, items []string) error {
	if len(c.IDs) > 1 && (c.Hash != "" || len(items) > 0) {
		return &exitCode{exitUsage, errors.New("--item and --hash belong to one task: name one id")}
	}
	api, err := c.client()
	if err != nil {
		return err
	}
	decisions := []client.Resource{}
	for _, id := range c.IDs {
		d, err := c.decideOne(ctx, api, id, verdict, items)
		if err != nil {
			return errors.Join(c.told(s, decisions), fmt.Errorf("%s: %w", id, err))
		}
		decisions = append(decisions, d)
	}
	return c.told(s, decisions)
}

func (c decideFlags) decideOne(ctx runContext, api *client.Client, id, verdict string, items []string) (client.Resource, error) {
	attributes := map[string]any{"decision": verdict, "apply_now": c.Now}
	hash := c.Hash
	if hash == "" {
		t, err := api.Task(ctx, id)
		if err != nil {
			return client.Resource{}, err
		}
		_ = json.Unmarshal(t.Meta["output_hash"], &hash) // absent where nothing awaits: the server says so
	}
	if c.Reason != "" {
		attributes["reason"] = c.Reason
	}
	if hash != "" {
		attributes["reviewed_output_hash"] = hash
	}
	if len(items) > 0 {
		attributes["accept"] = items
	}
	return api.Decide(ctx, id, attributes)
}

// told prints the decisions that were taken.
func (c decideFlags) told(s *streams, decisions []client.Resource) error {
	if s.json {
		return s.printJSON(map[string]any{"data": decisions})
	}
	for _, d := range decisions {
		fmt.Fprintf(s.out, "%s  %s  %s\n", d.ID, d.Text("decision"), d.Text("state"))
	}
	if !c.Now && len(decisions) > 0 {
		fmt.Fprintf(s.err, "It takes effect at %s. Until then: enrichd approval undo ID\n", decisions[len(decisions)-1].Text("effective_at"))
	}
	return nil
}

type approvalUndoCmd struct {
	remoteFlags
	ID string `arg:"" help:"Id of the task."`
}

// Run takes back the decision that waits.
func (c approvalUndoCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	decisions, err := api.Decisions(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, d := range decisions {
		if d.Text("state") != "waiting" {
			continue
		}
		if err := api.Withdraw(ctx, c.ID, d.ID); err != nil {
			return err
		}
		if s.json {
			return s.printJSON(map[string]any{"meta": map[string]string{"withdrawn": d.ID}})
		}
		fmt.Fprintf(s.out, "%s  withdrawn\n", d.ID)
		return nil
	}
	return &exitCode{exitConflict, errors.New("no decision on this task can be undone any more")}
}
