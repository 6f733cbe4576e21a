package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/client"
)

type magicCmd struct {
	remoteFlags
	Selector []string      `arg:"" help:"Which records: entity=company missing=tax_id_value,country; or entity=document id=ID,ID."`
	Types    []string      `required:"" help:"Enrichment types to run for each record."`
	MaxCost  string        `help:"Most that it may cost, such as 5.00. It is refused where it is expected to cost more."`
	DryRun   bool          `help:"Tell what it would do, and do nothing."`
	Watch    bool          `help:"Follow it to its end."`
	Interval time.Duration `default:"500ms" help:"How often to look."`
}

// Run presses the Magic button.
func (c magicCmd) Run(ctx runContext, s *streams) error {
	attributes, err := c.attributes()
	if err != nil {
		return &exitCode{exitUsage, err}
	}
	api, err := c.client()
	if err != nil {
		return err
	}
	batch, made, err := api.Press(ctx, attributes)
	if err != nil {
		return err
	}
	if c.DryRun {
		return printEstimate(s, batch)
	}
	if !made {
		fmt.Fprintln(s.err, "This was pressed a moment ago; here is the batch of it.")
	}
	if c.Watch {
		return watchBatch(ctx, s, api, batch.ID, c.Interval, true)
	}
	return printBatch(s, batch)
}

// attributes are the press as the API takes it.
func (c magicCmd) attributes() (map[string]any, error) {
	attributes := map[string]any{"enrichment_types": c.Types, "dry_run": c.DryRun}
	selector := map[string]any{}
	for _, word := range strings.Fields(strings.Join(c.Selector, " ")) {
		name, value, _ := strings.Cut(word, "=")
		switch {
		case value == "":
			return nil, fmt.Errorf("%q is no part of a selector: write name=value", word)
		case name == "entity":
			attributes["entity_type"] = value
		case name == "missing":
			selector["missing"] = strings.Split(value, ",")
		case name == "id":
			attributes["entity_ids"] = strings.Split(value, ",")
		default:
			return nil, fmt.Errorf("a selector knows entity, missing and id, not %q", name)
		}
	}
	if attributes["entity_type"] == nil {
		return nil, errors.New("name the kind of records: entity=company")
	}
	if attributes["entity_ids"] == nil {
		attributes["selector"] = selector
	}
	if c.MaxCost != "" {
		limit, err := micros(c.MaxCost)
		if err != nil {
			return nil, fmt.Errorf("--max-cost: %w", err)
		}
		attributes["max_cost_micros"] = limit
	}
	return attributes, nil
}

// micros reads an amount as millionths.
func micros(amount string) (int64, error) {
	d, err := decimal.Parse(amount)
	if err != nil {
		return 0, errors.New("an amount such as 5.00 is needed")
	}
	whole, fraction, ok := d.Int64(6)
	if !ok || d.IsNeg() || whole > 1e12 {
		return 0, errors.New("an amount such as 5.00 is needed")
	}
	return whole*1e6 + fraction, nil
}

// money shows millionths to people, with two digits or as many as it takes.
func money(n int64) string {
	d, err := decimal.New(n, 6)
	if err != nil {
		return "-"
	}
	return d.Trim(2).String()
}

func printEstimate(s *streams, e client.Resource) error {
	if s.json {
		return s.printJSON(map[string]any{"data": e})
	}
	var kinds []struct {
		Type    string `json:"enrichment_type"`
		Tasks   int
		Joined  int
		Reused  int
		Highest *int64 `json:"highest_cost_micros"`
	}
	_ = json.Unmarshal(e.Attributes["kinds"], &kinds)
	for _, k := range kinds {
		cost := "nothing is known of its cost"
		if k.Highest != nil {
			cost = "at most " + money(*k.Highest)
		}
		fmt.Fprintf(s.out, "%-20s %6d tasks, %d open already, %d done already; %s\n", k.Type, k.Tasks, k.Joined, k.Reused, cost)
	}
	fmt.Fprintf(s.out, "%d tasks  cost %s expected, %s at most  %s of work\n", e.Int("tasks"), money(e.Int("expected_cost_micros")),
		money(e.Int("highest_cost_micros")), time.Duration(e.Int("work_seconds"))*time.Second)
	return nil
}
