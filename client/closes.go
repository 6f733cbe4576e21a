package client

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

const (
	closesPath   = "/v1/monthly-closes"
	signOffsPath = "/v1/close-sign-offs"
)

// Closes lists closes of months, the newest first.
func (c *Client) Closes(ctx context.Context, query url.Values) (Page, error) {
	return c.page(ctx, closesPath+"?"+query.Encode())
}

// Close reads one close with its blockers and waivers.
func (c *Client) Close(ctx context.Context, id string) (Resource, error) {
	var found Resource
	body, err := c.get(ctx, closesPath+"/"+url.PathEscape(id))
	if err != nil {
		return found, err
	}
	return found, json.Unmarshal(body.Data, &found)
}

// StartClose starts the close of a month; attributes are those of the API.
func (c *Client) StartClose(ctx context.Context, attributes map[string]any) (Resource, error) {
	return c.post(ctx, closesPath, map[string]any{"type": "monthly_close", "attributes": attributes})
}

// SignOff signs a close off; attributes are those of the API.
func (c *Client) SignOff(ctx context.Context, closeID string, attributes map[string]any) (Resource, error) {
	return c.post(ctx, signOffsPath, map[string]any{
		"type": "close_sign_off", "attributes": attributes,
		"relationships": map[string]any{"monthly_close": map[string]any{"data": map[string]string{"type": "monthly_close", "id": closeID}}},
	})
}

// post makes a resource.
func (c *Client) post(ctx context.Context, path string, data map[string]any) (Resource, error) {
	var made Resource
	raw, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		return made, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.BaseURL+path, bytes.NewReader(raw))
	if err != nil {
		return made, err
	}
	req.Header.Set("Content-Type", MediaType)
	_, body, err := c.do(req)
	if err != nil {
		return made, err
	}
	return made, json.Unmarshal(body.Data, &made)
}
