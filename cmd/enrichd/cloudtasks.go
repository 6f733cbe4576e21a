//go:build !nocloudtasks

package main

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/enrichd/enrichd/chaos"
	"github.com/enrichd/enrichd/cloudtasks"
	"github.com/enrichd/enrichd/cloudtasks/fake"
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

// newService is the fake of the service, for campaigns of faults. Its queues try
// again soon and are not slowed for long: a campaign has minutes, not hours.
func newService(seed uint64, wrong func() chaos.Mishap) (*chaos.Service, error) {
	queues := map[string]fake.Queue{}
	for _, q := range cloudtasks.Queues() {
		queues[q] = fake.Queue{MaxAttempts: -1, MaxBackoff: time.Second, MaxConcurrent: 8, MaxThrottle: 2 * time.Second}
	}
	mix := func() fake.Mix {
		m := wrong()
		return fake.Mix{
			Seed: seed, Duplicate: m.Duplicate, LateDuplicate: m.LateDuplicate, Delay: m.Delay, DropResponse: m.LoseAnswer, PassDeadline: m.PassDeadline,
			MaxDelay: m.MaxDelay, Refuse: m.Refuse, DropCreated: m.LoseCreated,
		}
	}
	service, err := fake.New(fake.Options{Queues: queues, Script: fake.Script{
		Create: func(c fake.Creation) fake.CreateFault { return mix().Create(c) },
		Push:   func(p fake.Push) fake.Fault { return mix().Push(p) },
	}})
	if err != nil {
		return nil, err
	}
	return &chaos.Service{Handler: service, KeysPath: fake.CertsPath, Close: service.Close, Pushed: func() chaos.Pushed { return pushed(service.Pushes()) }}, nil
}

// pushed adds up what was pushed.
func pushed(list []fake.Pushed) chaos.Pushed {
	sum := chaos.Pushed{Pushes: len(list), Answers: map[int]int{}}
	for _, p := range list {
		switch {
		case p.Copy:
			sum.Copies++
		case p.Retry > 0:
			sum.Again++
		}
		switch {
		case p.Dropped:
			sum.Dropped++
		case p.Status == http.StatusGatewayTimeout:
			sum.Deadline++
		case p.Status == 0:
			sum.Unheard++
		default:
			sum.Answers[p.Status]++
		}
	}
	return sum
}
