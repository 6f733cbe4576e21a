package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/console"
	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/docs"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/mcp"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/preview"
	"github.com/enrichd/enrichd/statement"
)

// routes hangs the faces that the roles ask for under one address. Health and
// metrics are always there.
func (p *process) routes(ctx context.Context, o settings, kinds []enrich.Kind, metrics *dispatch.Metrics) (http.Handler, error) {
	mux := http.NewServeMux()
	if slices.Contains(o.Roles, roleAPI) || slices.Contains(o.Roles, roleMCP) {
		key, err := p.db.CursorKey(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the settings (has the database been migrated?): %w", err)
		}
		face := api.Handler(api.Options{
			Store: p.db, Blobs: p.blobs, Triggers: p.triggers, Kinds: kinds, CursorKey: key, Log: o.Log, Done: ctx.Done(), Rate: o.Rate, Origins: o.Origins,
			CheckTarget: p.webhooks.CheckURL,
		})
		if slices.Contains(o.Roles, roleAPI) {
			for _, path := range []string{"/v1/", "/openapi.json", "/docs/api"} {
				mux.Handle(path, p.traced(o, face))
			}
		}
		if slices.Contains(o.Roles, roleMCP) {
			hub := mcp.Handler(mcp.Options{API: face, Scopes: p.scopes, Origin: o.PublicURL, Issuers: o.MCPIssuers, Budget: o.MCPBudget, Log: o.Log})
			mux.Handle(mcp.Path, hub)
			mux.Handle(mcp.MetadataPath, hub)
		}
	}
	if slices.Contains(o.Roles, roleConsole) {
		pages, err := docs.Handler()
		if err != nil {
			return nil, err
		}
		mux.Handle(docs.Path, pages)
		mux.Handle("/", console.Handler(console.Options{
			Store: p.db, Triggers: p.triggers, Statements: &statement.Importer{Store: p.db, Contents: p.blobs, Triggers: p.triggers},
			Pictures: preview.New(preview.Options{Blobs: p.blobs, Renderer: p.drawer}), Contents: p.blobs,
			Workspace: o.Workspace, FindKey: p.findKey, Done: ctx.Done(), Log: o.Log,
		}))
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.Collectors()...)
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), backlog{p.db})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { p.ready(w, r, o.Roles) })
	return mux, nil
}

func (p *process) findKey(ctx context.Context, bearer string) (postgres.Key, error) {
	return api.FindKey(ctx, p.db, bearer)
}

// scopes are what a key may do.
func (p *process) scopes(ctx context.Context, bearer string) ([]string, error) {
	key, err := p.findKey(ctx, bearer)
	return key.Scopes, err
}

// ready answers 200 when this process can do its work: the database is there
// and, for a worker, its lease is fresh.
func (p *process) ready(w http.ResponseWriter, r *http.Request, roles []string) {
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	if p.stopping.Load() {
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	}
	if err := p.db.Ping(ctx); err != nil {
		http.Error(w, "the database is away", http.StatusServiceUnavailable)
		return
	}
	if slices.Contains(roles, roleWorker) && !p.engine.Ready() {
		http.Error(w, "the worker has no lease", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}
