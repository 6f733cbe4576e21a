// Package client speaks to a running enrichd over its JSON:API.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// MediaType is what requests and responses are written in.
const MediaType = "application/vnd.api+json"

// Client calls one server with one API key. It is safe for use by many
// goroutines.
type Client struct {
	BaseURL string // e.g. http://127.0.0.1:8080, without a path
	Key     string // API key
	HTTP    *http.Client
}

// Resource is a resource object as it came.
type Resource struct {
	Type          string                     `json:"type"`
	ID            string                     `json:"id"`
	Attributes    map[string]json.RawMessage `json:"attributes"`
	Relationships map[string]json.RawMessage `json:"relationships,omitempty"`
	Meta          map[string]json.RawMessage `json:"meta,omitempty"`
}

// Text reads a string attribute; "" where it is null, absent or no string.
func (r Resource) Text(name string) string {
	var s string
	_ = json.Unmarshal(r.Attributes[name], &s)
	return s
}

// Time reads a time attribute; zero where it is null or absent.
func (r Resource) Time(name string) time.Time {
	t, _ := time.Parse(time.RFC3339, r.Text(name))
	return t
}

// Page is one page of a list.
type Page struct {
	Data []Resource
	Next string // address of the next page, or ""
}

// Error is what the server said was wrong.
type Error struct {
	Status int // of the response
	Errors []Problem
}

// Problem is one error object.
type Problem struct {
	Status string            `json:"status"`
	Code   string            `json:"code"`
	Title  string            `json:"title"`
	Detail string            `json:"detail"`
	Source map[string]string `json:"source"`
}

// Error says the first problem, and how many more there are.
func (e *Error) Error() string {
	if len(e.Errors) == 0 {
		return fmt.Sprintf("the server answered %d", e.Status)
	}
	p := e.Errors[0]
	s := fmt.Sprintf("%s (%s)", p.Detail, p.Code)
	if at := p.Source["pointer"] + p.Source["parameter"] + p.Source["header"]; at != "" {
		s += " at " + at
	}
	if n := len(e.Errors) - 1; n > 0 {
		s += fmt.Sprintf(", and %d more", n)
	}
	return s
}

// StatusOf returns the response's status behind an error, or 0.
func StatusOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

type document struct {
	Data   json.RawMessage            `json:"data"`
	Errors []Problem                  `json:"errors"`
	Links  map[string]json.RawMessage `json:"links"`
	Meta   map[string]json.RawMessage `json:"meta"`

	replayed bool // the answer to an earlier request with the same Idempotency-Key
}

// Upload sends a file's content as it is. made is false when the same content
// stood already; the document is then the one that stands.
func (c *Client) Upload(ctx context.Context, filename string, content io.Reader) (doc Resource, made bool, err error) {
	return c.sendFile(ctx, "/v1/documents", filename, content)
}

// Task reads one task.
func (c *Client) Task(ctx context.Context, id string) (Resource, error) {
	return c.one(ctx, http.MethodGet, "/v1/enrichment-tasks/"+url.PathEscape(id), "", "", nil)
}

// DeleteTask cancels and deletes a task.
func (c *Client) DeleteTask(ctx context.Context, id string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, c.BaseURL+"/v1/enrichment-tasks/"+url.PathEscape(id), nil)
	if err != nil {
		return err
	}
	_, _, err = c.do(req)
	return err
}

// Tasks lists tasks; query holds filters and page size as the API names them.
func (c *Client) Tasks(ctx context.Context, query url.Values) (Page, error) {
	path := "/v1/enrichment-tasks"
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.page(ctx, path)
}

// Follow reads the page at an address that a page named as its next.
func (c *Client) Follow(ctx context.Context, next string) (Page, error) { return c.page(ctx, next) }

func (c *Client) page(ctx context.Context, path string) (Page, error) {
	body, err := c.get(ctx, path)
	if err != nil {
		return Page{}, err
	}
	var p Page
	_ = json.Unmarshal(body.Links["next"], &p.Next) // null stays ""
	return p, json.Unmarshal(body.Data, &p.Data)
}

func (c *Client) get(ctx context.Context, path string) (document, error) {
	if strings.HasPrefix(path, "/") {
		path = c.BaseURL + path
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return document{}, err
	}
	_, body, err := c.do(req)
	return body, err
}

// send sends a document of one resource; without an id it makes one, without
// attributes it sends no body.
func (c *Client) send(ctx context.Context, method, path, typ, id string, attributes map[string]any) (int, document, error) {
	var content io.Reader
	if attributes != nil {
		data := map[string]any{"type": typ, "attributes": attributes}
		if id != "" {
			data["id"] = id
		}
		raw, err := json.Marshal(map[string]any{"data": data})
		if err != nil {
			return 0, document{}, err
		}
		content = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.BaseURL+path, content)
	if err != nil {
		return 0, document{}, err
	}
	if content != nil {
		req.Header.Set("Content-Type", MediaType)
	}
	return c.do(req)
}

// one sends like send and reads the resource of the answer.
func (c *Client) one(ctx context.Context, method, path, typ, id string, attributes map[string]any) (Resource, error) {
	var r Resource
	_, body, err := c.send(ctx, method, path, typ, id, attributes)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(body.Data, &r)
}

// do sends a request; a status of 400 or more becomes an *Error.
func (c *Client) do(req *http.Request) (int, document, error) {
	req.Header.Set("Accept", MediaType)
	req.Header.Set("Authorization", "Bearer "+c.Key)
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, document{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return res.StatusCode, document{}, err
	}
	var body document
	if len(bytes.TrimSpace(raw)) > 0 {
		if err := json.Unmarshal(raw, &body); err != nil && res.StatusCode < 400 {
			return res.StatusCode, body, fmt.Errorf("the server's answer cannot be read: %w", err)
		}
	}
	body.replayed = res.Header.Get("Idempotent-Replayed") == "true"
	if res.StatusCode >= 400 {
		return res.StatusCode, body, &Error{Status: res.StatusCode, Errors: body.Errors}
	}
	return res.StatusCode, body, nil
}

// Workspaces lists what the key opens: the one workspace that it belongs to.
func (c *Client) Workspaces(ctx context.Context) (Page, error) { return c.page(ctx, "/v1/workspaces") }
