package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// DefinitionKind tells a workspace's columns from its rules.
type DefinitionKind string

// The kinds.
const (
	CustomColumn DefinitionKind = "custom_column"
	FieldRule    DefinitionKind = "field_rule"
)

func (k DefinitionKind) path(id ...string) string {
	path := "/v1/custom-columns"
	if k == FieldRule {
		path = "/v1/field-rules"
	}
	for _, part := range id {
		path += "/" + url.PathEscape(part)
	}
	return path
}

// Definitions lists a workspace's columns or rules, the newest first.
func (c *Client) Definitions(ctx context.Context, kind DefinitionKind, query url.Values) (Page, error) {
	return c.page(ctx, kind.path()+"?"+query.Encode())
}

// Definition reads one.
func (c *Client) Definition(ctx context.Context, kind DefinitionKind, id string) (Resource, error) {
	return c.one(ctx, http.MethodGet, kind.path(id), "", "", nil)
}

// Define makes one; attributes are those of the API.
func (c *Client) Define(ctx context.Context, kind DefinitionKind, attributes map[string]any) (Resource, error) {
	return c.one(ctx, http.MethodPost, kind.path(), string(kind), "", attributes)
}

// DeleteDefinition takes one away, with the values that it gave.
func (c *Client) DeleteDefinition(ctx context.Context, kind DefinitionKind, id string) error {
	_, _, err := c.send(ctx, http.MethodDelete, kind.path(id), "", "", nil)
	return err
}

// PreviewDefinition evaluates a definition that is not saved on a few records.
func (c *Client) PreviewDefinition(ctx context.Context, kind DefinitionKind, attributes map[string]any) (Resource, error) {
	asked := map[string]any{"kind": kind}
	for name, value := range attributes {
		asked[name] = value
	}
	return c.one(ctx, http.MethodPost, "/v1/definition-previews", "definition_preview", "", asked)
}

// Compute evaluates a definition on records and answers the batch, or its estimate
// where attributes ask for a dry run.
func (c *Client) Compute(ctx context.Context, kind DefinitionKind, id string, attributes map[string]any) (Resource, error) {
	var r Resource
	_, body, err := c.send(ctx, http.MethodPost, kind.path(id, "compute"), "compute", "", attributes)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(body.Data, &r)
}
