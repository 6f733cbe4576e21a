package webhook_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// with opens the bench's database with another key.
func (b *bench) with(key []byte) *bench {
	b.Helper()
	db, err := postgres.Open(context.Background(), b.url, postgres.Options{SealKey: key})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(db.Close)
	return &bench{b.T, db, b.url}
}

// A key that is not in the database seals the secrets in it: an old one in clear
// still signs, and without the key nothing is signed or sent.
func TestSealedSecrets(t *testing.T) {
	clear, s := setup(t), newSink(t)
	e, old := clear.endpoint(pgtest.Workspace, s.URL, "enrichment_task.created")
	b := clear.with(bytes.Repeat([]byte{7}, postgres.SealKeyBytes))
	fresh := record.NewWebhookSecret()
	if _, err := b.db.RotateWebhookSecret(context.Background(), pgtest.Workspace, e.ID, fresh, time.Hour); err != nil {
		t.Fatal(err)
	}
	stored := func() string {
		return pgtest.Query[string](t, b.url, `SELECT secret || ' ' || coalesce(previous_secret, '') FROM webhook_endpoints`)
	}
	if got := stored(); strings.Contains(got, fresh) || !strings.HasSuffix(got, " "+old) {
		t.Errorf("the database holds %s", got)
	}
	stop := b.send()
	b.work(pgtest.Workspace, 1)
	b.until("signed with both", func() bool { return len(s.messages()) == 1 })
	verify(t, s.messages()[0], fresh, old)
	stop()
	other := clear.with(bytes.Repeat([]byte{8}, postgres.SealKeyBytes))
	other.work(pgtest.Workspace, 1)
	other.send()
	other.until("refused to sign", func() bool {
		for _, d := range other.deliveries(pgtest.Workspace) {
			if strings.Contains(d.LastError, "cannot be signed") {
				return true
			}
		}
		return false
	})
	if n := len(s.messages()); n != 1 {
		t.Errorf("%d messages were sent, one of them without the key", n)
	}
	if _, err := postgres.Open(context.Background(), b.url, postgres.Options{SealKey: []byte("short")}); err == nil {
		t.Error("a short key was taken")
	}
}
