package push_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/enrichd/enrichd/cloudtasks"
	"github.com/enrichd/enrichd/cloudtasks/fake"
	"github.com/enrichd/enrichd/cloudtasks/push"
)

// A task that the client makes is pushed by the fake with a token that is taken, and
// again after the fake has changed its key; a task for another audience is not, nor
// are the headers of a push without its token.
func TestPushesOfTheFakeAreTaken(t *testing.T) {
	clock := fake.NewManualClock(time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC))
	f, err := fake.New(fake.Options{Queues: map[string]fake.Queue{"enrichd-sites": {MaxAttempts: 1}}, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	api := httptest.NewServer(f)
	defer api.Close()
	v, err := push.NewVerifier(push.Trust{Audience: ours, ServiceAccount: account, JWKSURL: api.URL + fake.CertsPath, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	verdicts := make(chan [2]error, 8) // with the token, and without
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		with := v.Verify(r.Context(), push.Bearer(r))
		r.Header.Del("Authorization")
		verdicts <- [2]error{with, v.Verify(r.Context(), push.Bearer(r))}
	}))
	defer target.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	pushed := func(id, audience, account string) [2]error {
		t.Helper()
		c, err := cloudtasks.New(cloudtasks.Config{Project: "books", Location: "europe-west1", ServiceAccount: account, Audience: audience, Endpoint: api.URL, Now: clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Create(ctx, cloudtasks.Task{Name: cloudtasks.TaskID(id, 1), Queue: "enrichd-sites", URL: target.URL}); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-verdicts:
			return got
		case <-ctx.Done():
			t.Fatal("nothing was pushed")
		}
		return [2]error{}
	}
	var refused *push.TokenError
	good := pushed("1", ours, account)
	if good[0] != nil || !errors.As(good[1], &refused) {
		t.Errorf("with its token: %v, without: %v", good[0], good[1])
	}
	if err := f.RotateKey(); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Minute)
	if got := pushed("2", ours, account); got[0] != nil {
		t.Errorf("with a new key: %v", got[0])
	}
	if got := pushed("3", "another", account); !errors.As(got[0], &refused) {
		t.Errorf("another audience: %v", got[0])
	}
	if got := pushed("4", ours, "x@other.iam.gserviceaccount.com"); !errors.As(got[0], &refused) {
		t.Errorf("another account: %v", got[0])
	}
	forged, err := f.Token(account, ours, func(claims map[string]any) { claims["iss"] = "https://evil" })
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Verify(ctx, forged); !errors.As(err, &refused) {
		t.Errorf("another issuer: %v", err)
	}
}
