package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

const (
	endpointsPath  = "/v1/webhook-endpoints"
	endpointType   = "webhook_endpoint"
	deliveriesPath = "/v1/webhook-deliveries"
)

// WebhookEndpoints lists the addresses that are told what happens; query holds
// filters and page size as the API names them.
func (c *Client) WebhookEndpoints(ctx context.Context, query url.Values) (Page, error) {
	return c.page(ctx, endpointsPath+"?"+query.Encode())
}

// WebhookEndpoint reads one endpoint.
func (c *Client) WebhookEndpoint(ctx context.Context, id string) (Resource, error) {
	return c.one(ctx, http.MethodGet, endpointPath(id), "", "", nil)
}

// AddWebhookEndpoint makes an endpoint; attributes are url, and where wanted
// description and event_types. The secret that signs its messages is told this
// once.
func (c *Client) AddWebhookEndpoint(ctx context.Context, attributes map[string]any) (endpoint Resource, secret string, err error) {
	return c.withSecret(ctx, endpointsPath, attributes)
}

// ChangeWebhookEndpoint changes attributes: url, description, event_types, enabled.
func (c *Client) ChangeWebhookEndpoint(ctx context.Context, id string, attributes map[string]any) (Resource, error) {
	return c.one(ctx, http.MethodPatch, endpointPath(id), endpointType, id, attributes)
}

// RotateWebhookSecret gives an endpoint a new secret; the old one signs for a day
// more. The new one is told this once.
func (c *Client) RotateWebhookSecret(ctx context.Context, id string) (endpoint Resource, secret string, err error) {
	return c.withSecret(ctx, endpointPath(id)+"/rotate", nil)
}

// DeleteWebhookEndpoint removes an endpoint with the log of its deliveries.
func (c *Client) DeleteWebhookEndpoint(ctx context.Context, id string) error {
	_, _, err := c.send(ctx, http.MethodDelete, endpointPath(id), "", "", nil)
	return err
}

// WebhookDeliveries lists what was told to whom, and what will be, newest first.
func (c *Client) WebhookDeliveries(ctx context.Context, query url.Values) (Page, error) {
	return c.page(ctx, deliveriesPath+"?"+query.Encode())
}

// Redeliver sends a delivery again, with the id that its receiver knows.
func (c *Client) Redeliver(ctx context.Context, id string) (Resource, error) {
	return c.one(ctx, http.MethodPost, deliveriesPath+"/"+url.PathEscape(id)+"/redeliver", "", "", nil)
}

func endpointPath(id string) string { return endpointsPath + "/" + url.PathEscape(id) }

func (c *Client) withSecret(ctx context.Context, path string, attributes map[string]any) (endpoint Resource, secret string, err error) {
	_, body, err := c.send(ctx, http.MethodPost, path, endpointType, "", attributes)
	if err != nil {
		return endpoint, "", err
	}
	_ = json.Unmarshal(body.Meta["secret"], &secret)
	return endpoint, secret, json.Unmarshal(body.Data, &endpoint)
}
