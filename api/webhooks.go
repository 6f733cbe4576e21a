package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/record"
)

const (
	endpointsPath  = "/v1/webhook-endpoints"
	endpointType   = "webhook_endpoint"
	deliveriesPath = "/v1/webhook-deliveries"
	deliveryType   = "webhook_delivery"

	maxEndpointURL = 2048 // characters of an address

	// secretOverlap is how long a secret that was replaced still signs.
	secretOverlap = 24 * time.Hour
)

// webhookEndpoints are the addresses that are told what happens. The secret is
// in the answer that makes it, and nowhere else.
func (s *server) webhookEndpoints() *resource {
	type endpoint = record.WebhookEndpoint
	return table[endpoint]{
		Type: endpointType, Path: endpointsPath, Noun: "a webhook endpoint", Read: ScopeWebhooksRead, Write: ScopeWebhooksWrite,
		ID: func(e endpoint) string { return e.ID },
		Fields: []field[endpoint]{
			{Name: "url", Form: text(maxEndpointURL), Write: editable, Value: func(e endpoint) any { return e.URL }},
			{Name: "description", Form: text(500), Write: editable, Value: func(e endpoint) any { return textOrNull(e.Description) }},
			{Name: "event_types", Form: texts(), Write: editable, Value: func(e endpoint) any { return e.EventTypes }},
			{Name: "enabled", Form: flag(), Write: editable, Value: func(e endpoint) any { return e.Enabled }},
			{Name: "disabled_reason", Form: words(), Value: func(e endpoint) any { return textOrNull(e.DisabledReason) }},
			{Name: "created_at", Form: moment(), Value: func(e endpoint) any { return stamp(&e.CreatedAt) }},
			{Name: "updated_at", Form: moment(), Value: func(e endpoint) any { return stamp(&e.UpdatedAt) }},
		},
		Filters: []filter{byFlag("enabled"), byTime("created_at")},
		Sorts:   []string{"created_at"},
		List:    s.store.ListWebhookEndpoints, Get: s.store.WebhookEndpoint,
		Create: s.createEndpoint, Update: s.updateEndpoint,
		Delete: func(c *call, id string) error { return s.store.DeleteWebhookEndpoint(c.r.Context(), c.workspace(), id) },
		Fault:  webhookFault("a webhook endpoint"),
	}.resource()
}

// webhookDeliveries are the log of what was told to whom, and what will be.
func (s *server) webhookDeliveries() *resource {
	type delivery = record.WebhookDelivery
	return table[delivery]{
		Type: deliveryType, Path: deliveriesPath, Noun: "a webhook delivery", Read: ScopeWebhooksRead, Write: ScopeWebhooksWrite,
		ID: func(d delivery) string { return d.ID },
		Fields: []field[delivery]{
			{Name: "webhook_endpoint_id", Form: uuidText(), Value: func(d delivery) any { return d.EndpointID }},
			{Name: "event_type", Form: words(), Value: func(d delivery) any { return d.EventType }},
			{Name: "subject_type", Form: words(), Value: func(d delivery) any { return d.SubjectType }},
			{Name: "subject_id", Form: words(), Value: func(d delivery) any { return d.SubjectID }},
			{Name: "event_at", Form: moment(), Value: func(d delivery) any { return stamp(&d.EventAt) }},
			{Name: "state", Form: words(), Value: func(d delivery) any { return d.State }},
			{Name: "attempts", Form: count(), Value: func(d delivery) any { return d.Attempts }},
			{Name: "due_at", Form: moment(), Value: func(d delivery) any { return stamp(d.DueAt) }},
			{Name: "last_status", Form: count(), Value: func(d delivery) any { return d.LastStatus }},
			{Name: "last_error", Form: words(), Value: func(d delivery) any { return textOrNull(d.LastError) }},
			{Name: "created_at", Form: moment(), Value: func(d delivery) any { return stamp(&d.CreatedAt) }},
			{Name: "finished_at", Form: moment(), Value: func(d delivery) any { return stamp(d.FinishedAt) }},
		},
		Relations: []relation[delivery]{{Name: "webhook_endpoint", To: endpointType, ID: func(d delivery) *string { return &d.EndpointID }}},
		Filters: []filter{
			byUUID("webhook_endpoint_id"), byEnum("state", record.DeliveryStates()), byEnum("event_type", enrich.WebhookEvents()),
			byText("subject_id"), byTime("created_at"),
		},
		Sorts: []string{"created_at"},
		List:  s.store.ListWebhookDeliveries,
	}.resource()
}

func (s *server) createEndpoint(c *call, in *input) (made[record.WebhookEndpoint], error) {
	if url, given := in.text("url"); !given || url == nil {
		in.Refuse("REQUIRED", "url", "url must be given.")
	}
	if enabled, given := valueOf[*bool](in, "enabled"); given && (enabled == nil || !*enabled) {
		in.Refuse("INVALID_VALUE", "enabled", "An endpoint is enabled when it is made.")
	}
	change, err := s.readEndpoint(in)
	if err != nil {
		return made[record.WebhookEndpoint]{}, err
	}
	e, secret := record.WebhookEndpoint{EventTypes: enrich.WebhookEvents()}, record.NewWebhookSecret()
	change(&e)
	e, err = s.store.AddWebhookEndpoint(c.r.Context(), c.workspace(), e, secret)
	return made[record.WebhookEndpoint]{Record: e, Meta: map[string]any{"secret": secret}}, err
}

func (s *server) updateEndpoint(c *call, id string, in *input) (record.WebhookEndpoint, error) {
	change, err := s.readEndpoint(in)
	if err != nil {
		return record.WebhookEndpoint{}, err
	}
	return s.store.UpdateWebhookEndpoint(c.r.Context(), c.workspace(), id, change)
}

// readEndpoint makes a change of what a request gives. No event types are all.
func (s *server) readEndpoint(in *input) (func(*record.WebhookEndpoint), error) {
	url, urlGiven := in.text("url")
	description, described := in.text("description")
	types, typesGiven := in.texts("event_types")
	enabled, enabledGiven := valueOf[*bool](in, "enabled")
	if urlGiven && url != nil && s.checkTarget != nil {
		if err := s.checkTarget(*url); err != nil {
			in.Refuse("INVALID_VALUE", "url", "Nothing is sent to this address: it must be http or https, at the usual port, of a public host.")
		}
	}
	for _, t := range types {
		if !slices.Contains(enrich.WebhookEvents(), t) {
			in.Refuse("INVALID_ENUM", "event_types", "There is no event %q for webhooks; these are: %s.", t, quoted(enrich.WebhookEvents()))
		}
	}
	for name, null := range map[string]bool{"url": urlGiven && url == nil, "enabled": enabledGiven && enabled == nil} {
		if null && in.ID != "" {
			in.Refuse("INVALID_VALUE", name, "%s cannot be null.", name)
		}
	}
	if faults := in.Faults(); len(faults) > 0 {
		return nil, faults
	}
	if len(types) == 0 {
		types = enrich.WebhookEvents()
	}
	slices.Sort(types)
	types = slices.Compact(types)
	return func(e *record.WebhookEndpoint) {
		if urlGiven {
			e.URL = *url
		}
		if described {
			e.Description = ""
			if description != nil {
				e.Description = *description
			}
		}
		if typesGiven {
			e.EventTypes = types
		}
		if enabledGiven {
			e.Enabled = *enabled
		}
	}, nil
}

// rotateSecret gives an endpoint a new secret. For a day both sign.
func (s *server) rotateSecret(c *call) error {
	q, err := c.query(s.queryOne(s.types[endpointType]))
	if err != nil {
		return err
	}
	id, secret := c.r.PathValue("id"), record.NewWebhookSecret()
	if _, err := s.store.RotateWebhookSecret(c.r.Context(), c.workspace(), id, secret, secretOverlap); err != nil {
		return webhookFault("a webhook endpoint")(err, "")
	}
	one, err := s.types[endpointType].one(c.r.Context(), c.workspace(), id)
	if err != nil {
		return err
	}
	return s.writeOne(c, q, s.types[endpointType], http.StatusOK, one, map[string]any{"secret": secret})
}

// redeliver sends a delivery again, with the id that its receiver knows.
func (s *server) redeliver(c *call) error {
	q, err := c.query(s.queryOne(s.types[deliveryType]))
	if err != nil {
		return err
	}
	id := c.r.PathValue("id")
	if _, err := s.store.Redeliver(c.r.Context(), c.workspace(), id); err != nil {
		return webhookFault("a webhook delivery")(err, "")
	}
	one, err := s.types[deliveryType].one(c.r.Context(), c.workspace(), id)
	if err != nil {
		return err
	}
	return s.writeOne(c, q, s.types[deliveryType], http.StatusAccepted, one, nil)
}

// webhookFault is an error of the store in the caller's terms.
func webhookFault(noun string) func(error, string) error {
	return func(err error, _ string) error {
		switch enrich.CodeOf(err) {
		case enrich.CodeNotFound:
			return notFound("NOT_FOUND", noun)
		case enrich.CodeTooMany:
			return jsonapi.Fault("INVALID_VALUE", "This workspace has as many webhook endpoints as it may have. Delete one first.").At("/data")
		}
		return err
	}
}
