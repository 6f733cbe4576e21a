package client

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path/filepath"
)

// ImportStatement sends a bank file as it is. made is false when the same file
// was imported before.
func (c *Client) ImportStatement(ctx context.Context, filename string, content io.Reader) (statement Resource, made bool, err error) {
	return c.sendFile(ctx, "/v1/bank-statements", filename, content)
}

// Statement reads one import of a bank file.
func (c *Client) Statement(ctx context.Context, id string) (Resource, error) {
	return c.one(ctx, http.MethodGet, statementPath(id), "", "", nil)
}

// CorrectMapping has a table read anew: members of mapping take the place of those
// by which it was read.
func (c *Client) CorrectMapping(ctx context.Context, id string, mapping map[string]any) (Resource, error) {
	return c.one(ctx, http.MethodPatch, statementPath(id), "bank_statement", id, map[string]any{"mapping": mapping})
}

func statementPath(id string) string { return "/v1/bank-statements/" + url.PathEscape(id) }

// ImportEmail sends a message (.eml) as it is. made is false when it was imported
// before.
func (c *Client) ImportEmail(ctx context.Context, filename string, content io.Reader) (email Resource, made bool, err error) {
	return c.sendFile(ctx, "/v1/emails", filename, content)
}

func (c *Client) sendFile(ctx context.Context, path, filename string, content io.Reader) (made Resource, isNew bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.BaseURL+path, content)
	if err != nil {
		return made, false, err
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": filepath.Base(filename)}))
	status, body, err := c.do(req)
	if err != nil {
		return made, false, err
	}
	return made, status == http.StatusCreated, json.Unmarshal(body.Data, &made)
}

func decisionsPath(task string) string {
	return "/v1/enrichment-tasks/" + url.PathEscape(task) + "/decisions"
}

// Decide sends a person's decision on what a task proposes: decision (approve or
// reject), and where wanted reason, accept, reviewed_output_hash, apply_now.
func (c *Client) Decide(ctx context.Context, task string, attributes map[string]any) (Resource, error) {
	return c.one(ctx, http.MethodPost, decisionsPath(task), "enrichment_task_decision", "", attributes)
}

// Decisions lists what was decided on a task, the latest first.
func (c *Client) Decisions(ctx context.Context, task string) ([]Resource, error) {
	page, err := c.page(ctx, decisionsPath(task))
	return page.Data, err
}

// Withdraw undoes a decision within its grace.
func (c *Client) Withdraw(ctx context.Context, task, decision string) error {
	_, _, err := c.send(ctx, http.MethodDelete, decisionsPath(task)+"/"+url.PathEscape(decision), "", "", nil)
	return err
}
