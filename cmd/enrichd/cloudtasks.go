//go:build !nocloudtasks

package main

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/enrichd/enrichd/cloudtasks"
	"github.com/enrichd/enrichd/cloudtasks/push"
	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// newOutside makes what the roles need of Cloud Tasks: a relay has credentials, a
// worker has keys.
func newOutside(o settings, db *postgres.DB, kinds []enrich.Kind) (*outside, error) {
	f, out := o.Dispatch, &outside{}
	if slices.Contains(o.Roles, roleRelay) {
		client, err := cloudtasks.New(cloudtasks.Config{Project: f.Project, Location: f.Location, ServiceAccount: f.Account, Audience: f.Audience, Endpoint: f.Endpoint})
		if err != nil {
			return nil, err
		}
		runs := map[enrich.Type]time.Duration{}
		for _, k := range kinds {
			spec := k.Spec().WithDefaults()
			runs[spec.Type] = spec.Deadline
		}
		relay, err := cloudtasks.NewRelay(cloudtasks.RelayOptions{Outbox: db, Create: client.Create, PushURL: f.URL, Runs: runs, Window: f.Window, Log: o.Log})
		if err != nil {
			return nil, err
		}
		out.relay = func(ctx context.Context) { relay.Run(ctx) }
	}
	verifier, err := push.NewVerifier(push.Trust{Audience: f.Audience, ServiceAccount: f.Account, Issuer: f.Issuer, JWKSURL: f.KeysURL})
	if err != nil {
		return nil, err
	}
	out.push = func(engine *dispatch.Engine) http.Handler {
		return push.NewHandler(push.Options{Engine: engine, Verify: verifier.Verify, MaxAttempts: f.MaxAttempts, Log: o.Log})
	}
	return out, nil
}
