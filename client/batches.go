package client

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
)

const batchesPath = "/v1/enrichment-batches"

// Int reads a whole number; 0 where it is null, absent or something else.
func (r Resource) Int(name string) int64 {
	var n int64
	_ = json.Unmarshal(r.Attributes[name], &n)
	return n
}

// Press enqueues kinds for many entities as one batch; attributes are those of
// the API. made is false when the same press stood already, and for a dry run,
// which answers with an estimate instead of a batch.
func (c *Client) Press(ctx context.Context, attributes map[string]any) (batch Resource, made bool, err error) {
	return c.PressOnce(ctx, "", attributes)
}

// PressOnce is a Press with an Idempotency-Key: the same key within a day answers
// with the same batch. Empty is none.
func (c *Client) PressOnce(ctx context.Context, key string, attributes map[string]any) (batch Resource, made bool, err error) {
	raw, err := json.Marshal(map[string]any{"data": map[string]any{"type": "enrichment_batch", "attributes": attributes}})
	if err != nil {
		return batch, false, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.BaseURL+batchesPath, bytes.NewReader(raw))
	if err != nil {
		return batch, false, err
	}
	req.Header.Set("Content-Type", MediaType)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	status, body, err := c.do(req)
	if err != nil {
		return batch, false, err
	}
	return batch, status == http.StatusCreated && !body.replayed, json.Unmarshal(body.Data, &batch)
}

// Batch reads one batch.
func (c *Client) Batch(ctx context.Context, id string) (Resource, error) {
	return c.one(ctx, http.MethodGet, batchesPath+"/"+url.PathEscape(id), "", "", nil)
}

// Batches lists the newest batches.
func (c *Client) Batches(ctx context.Context, limit int) (Page, error) {
	return c.page(ctx, batchesPath+"?page[size]="+strconv.Itoa(limit))
}
