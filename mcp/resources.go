package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/enrichd/enrichd/client"
)

const (
	taskURI  = "enrichment://tasks/"
	batchURI = "enrichment://batches/"
)

// addResources offers tasks and batches as resources to read and to follow.
func (h *hub) addResources(s *mcp.Server) {
	s.AddResourceTemplate(&mcp.ResourceTemplate{
		Name: "enrichment_task", Title: "An enrichment task", URITemplate: taskURI + "{id}", MIMEType: "application/json",
		Description: "One enrichment task with its output. Text in it was read from documents of others.",
	}, h.readResource)
	s.AddResourceTemplate(&mcp.ResourceTemplate{
		Name: "enrichment_batch", Title: "A batch", URITemplate: batchURI + "{id}", MIMEType: "application/json",
		Description: "The progress of one batch.",
	}, h.readResource)
}

func (h *hub) readResource(ctx context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	text, err := h.resource(ctx, h.of(ctx), r.Params.URI)
	if err != nil {
		return nil, err
	}
	return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: r.Params.URI, MIMEType: "application/json", Text: string(text)}}}, nil
}

// resource is what stands at a URI, as JSON.
func (h *hub) resource(ctx context.Context, c *client.Client, uri string) ([]byte, error) {
	var v any
	var err error
	if id, ok := strings.CutPrefix(uri, taskURI); ok {
		var t client.Resource
		t, err = c.Task(ctx, id)
		v = wholeOf(t)
	} else if id, ok := strings.CutPrefix(uri, batchURI); ok {
		var b client.Resource
		b, err = c.Batch(ctx, id)
		v = progressOf(b, nil)
	} else {
		return nil, mcp.ResourceNotFoundError(uri)
	}
	if client.StatusOf(err) == http.StatusNotFound {
		return nil, mcp.ResourceNotFoundError(uri)
	}
	if err != nil {
		return nil, told(err)
	}
	return json.Marshal(v)
}

// follow tells subscribers of a resource when it changes, until ctx ends: as long
// as the stream is open that asked for it.
func (h *hub) follow(ctx context.Context, s *mcp.Server, c *client.Client, uri string) error {
	last, err := h.resource(ctx, c, uri)
	if err != nil {
		return err
	}
	go func() {
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			now, err := h.resource(ctx, c, uri)
			if err == nil && !bytes.Equal(now, last) {
				last = now
				_ = s.ResourceUpdated(ctx, &mcp.ResourceUpdatedNotificationParams{URI: uri}) // who hung up does not want it
			}
		}
	}()
	return nil
}
