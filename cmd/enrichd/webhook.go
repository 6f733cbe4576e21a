package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/enrichd/enrichd/client"
)

type webhookCmd struct {
	List       webhookListCmd       `cmd:"" help:"List the endpoints, newest first."`
	Create     webhookCreateCmd     `cmd:"" help:"Make an endpoint. Its secret is shown once."`
	View       webhookViewCmd       `cmd:"" help:"Show one endpoint."`
	Rotate     webhookRotateCmd     `cmd:"" help:"Give an endpoint a new secret, shown once; the old one signs for a day more."`
	Enable     webhookEnableCmd     `cmd:"" help:"Send to an endpoint again: what happened meanwhile, too."`
	Disable    webhookDisableCmd    `cmd:"" help:"Send nothing more to an endpoint."`
	Delete     webhookDeleteCmd     `cmd:"" help:"Remove an endpoint with the log of its deliveries."`
	Deliveries webhookDeliveriesCmd `cmd:"" help:"List what was told to whom, newest first."`
	Redeliver  webhookRedeliverCmd  `cmd:"" help:"Send deliveries again."`
}

type webhookListCmd struct {
	remoteFlags
	watchFlags
	Limit int `default:"20" help:"How many at most, 1 to 500."`
}

// Run lists the endpoints.
func (c webhookListCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	page, err := api.WebhookEndpoints(ctx, url.Values{"page[size]": {strconv.Itoa(c.Limit)}})
	if err != nil {
		return err
	}
	return s.printPage(page, "There is no endpoint yet. Make one: enrichd webhook create URL", func(e client.Resource) {
		fmt.Fprintln(s.out, endpointLine(e))
	})
}

// endpointLine is an endpoint in one line.
func endpointLine(e client.Resource) string {
	state := "enabled"
	if enabled, _ := strconv.ParseBool(string(e.Attributes["enabled"])); !enabled {
		state = strings.TrimSuffix("disabled "+e.Text("disabled_reason"), " ")
	}
	return fmt.Sprintf("%s  %-8s %-9s %s  %s", e.ID, printable(state), age(e.Time("created_at")), printable(e.Text("url")), firstLine(e.Text("description")))
}

type webhookCreateCmd struct {
	remoteFlags
	Target      string   `arg:"" name:"url" help:"Address to send to: http or https, of a public host."`
	Event       []string `help:"Only this event; more than once for several. All of them where left out."`
	Description string   `help:"What it is for."`
}

// Run makes an endpoint. A person sees the secret on stdout, alone on its line.
func (c webhookCreateCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	attributes := map[string]any{"url": c.Target}
	if len(c.Event) > 0 {
		attributes["event_types"] = c.Event
	}
	if c.Description != "" {
		attributes["description"] = c.Description
	}
	e, secret, err := api.AddWebhookEndpoint(ctx, attributes)
	if err != nil {
		return err
	}
	return printSecret(s, e, secret)
}

// printSecret shows what is told once.
func printSecret(s *streams, e client.Resource, secret string) error {
	if s.json {
		return s.printJSON(map[string]any{"data": e, "meta": map[string]string{"secret": secret}})
	}
	fmt.Fprintln(s.err, endpointLine(e))
	fmt.Fprintln(s.err, "Keep the secret: it is shown this once.")
	fmt.Fprintln(s.out, secret)
	return nil
}

// endpointArg names an endpoint.
type endpointArg struct {
	remoteFlags
	ID string `arg:"" help:"Id of the endpoint."`
}

type webhookViewCmd struct {
	endpointArg
	watchFlags
}

// Run shows an endpoint.
func (c webhookViewCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	e, err := api.WebhookEndpoint(ctx, c.ID)
	if err != nil {
		return err
	}
	return printEndpoint(s, e)
}

func printEndpoint(s *streams, e client.Resource) error {
	if s.json {
		return s.printJSON(map[string]any{"data": e})
	}
	fmt.Fprintln(s.out, endpointLine(e))
	var events []string
	_ = json.Unmarshal(e.Attributes["event_types"], &events)
	for _, event := range events {
		fmt.Fprintf(s.out, "  %s\n", printable(event))
	}
	return nil
}

type webhookRotateCmd struct{ endpointArg }

// Run gives an endpoint a new secret.
func (c webhookRotateCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	e, secret, err := api.RotateWebhookSecret(ctx, c.ID)
	if err != nil {
		return err
	}
	return printSecret(s, e, secret)
}

type webhookEnableCmd struct{ endpointArg }

// Run enables an endpoint.
func (c webhookEnableCmd) Run(ctx runContext, s *streams) error { return c.set(ctx, s, true) }

type webhookDisableCmd struct{ endpointArg }

// Run disables an endpoint.
func (c webhookDisableCmd) Run(ctx runContext, s *streams) error { return c.set(ctx, s, false) }

func (c endpointArg) set(ctx runContext, s *streams, enabled bool) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	e, err := api.ChangeWebhookEndpoint(ctx, c.ID, map[string]any{"enabled": enabled})
	if err != nil {
		return err
	}
	return printEndpoint(s, e)
}

type webhookDeleteCmd struct {
	endpointArg
	Yes bool `short:"y" help:"Delete it: there is no way back."`
}

// Run deletes an endpoint.
func (c webhookDeleteCmd) Run(ctx runContext, s *streams) error {
	if !c.Yes {
		return &exitCode{exitUsage, errors.New("this deletes the endpoint, what it was not told yet, and the log: say --yes if you mean it")}
	}
	api, err := c.client()
	if err != nil {
		return err
	}
	if err := api.DeleteWebhookEndpoint(ctx, c.ID); err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"meta": map[string]string{"deleted": c.ID}})
	}
	fmt.Fprintf(s.out, "%s  deleted\n", c.ID)
	return nil
}

type webhookDeliveriesCmd struct {
	remoteFlags
	watchFlags
	Endpoint string   `help:"Only to this endpoint."`
	State    []string `help:"Only in these states."`
	Limit    int      `default:"20" help:"How many at most, 1 to 500."`
}

// Run lists deliveries.
func (c webhookDeliveriesCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	query := url.Values{"page[size]": {strconv.Itoa(c.Limit)}}
	if c.Endpoint != "" {
		query.Set("filter[webhook_endpoint_id]", c.Endpoint)
	}
	if len(c.State) > 0 {
		query.Set("filter[state]", join(c.State))
	}
	page, err := api.WebhookDeliveries(ctx, query)
	if err != nil {
		return err
	}
	return s.printPage(page, "There is no such delivery.", func(d client.Resource) { fmt.Fprintln(s.out, deliveryLine(d)) })
}

// deliveryLine is a delivery in one line.
func deliveryLine(d client.Resource) string {
	return fmt.Sprintf("%s  %-9s %-36s %s  %d attempts  %s", d.ID, d.Text("state"), d.Text("event_type"), printable(d.Text("subject_id")), d.Int("attempts"),
		firstLine(d.Text("last_error")))
}

type webhookRedeliverCmd struct {
	remoteFlags
	IDs []string `arg:"" name:"id" help:"Ids of the deliveries."`
}

// Run sends deliveries again. What was sent stays when a later one is refused.
func (c webhookRedeliverCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	again := client.Page{Data: []client.Resource{}}
	for _, id := range c.IDs {
		d, failed := api.Redeliver(ctx, id)
		if failed != nil {
			err = fmt.Errorf("%s: %w", id, failed)
			break
		}
		again.Data = append(again.Data, d)
	}
	if len(again.Data) == 0 {
		return err
	}
	return errors.Join(s.printPage(again, "", func(d client.Resource) { fmt.Fprintln(s.out, deliveryLine(d)) }), err)
}
