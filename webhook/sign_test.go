package webhook_test

import (
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/webhook"
)

// The inputs are those of EVT-01. The signature is the one that OpenSSL and the
// reference library make of them; the specification prints another one, which
// neither makes.
func TestSignatureVector(t *testing.T) {
	at, err := time.Parse(time.RFC3339Nano, "2026-05-15T10:31:05.000Z")
	if err != nil {
		t.Fatal(err)
	}
	body, err := webhook.Payload(record.WebhookDelivery{
		EventType: "enrichment_task.completed", EventAt: at, SubjectType: "enrichment_task", SubjectID: "c3a1f9e2-4b7d-4e2a-8f1c-9a0b3d5e7f21",
	})
	if want := `{"type":"enrichment_task.completed","timestamp":"2026-05-15T10:31:05.000Z","data":{"type":"enrichment_task","id":"c3a1f9e2-4b7d-4e2a-8f1c-9a0b3d5e7f21"}}`; err != nil || string(body) != want {
		t.Fatalf("%s, %v", body, err)
	}
	const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	got, err := webhook.Sign([]string{secret}, "msg_01JZX0measured", time.Unix(1778840400, 0), body)
	if err != nil || got != "v1,AUBFCEQ/HE/eh/88W0vjKb/HDB/8c+Sd2/L7nw5J1XE=" {
		t.Errorf("%s, %v", got, err)
	}
	says(t, "EVT-01")
}

func TestSecrets(t *testing.T) {
	first, second := record.NewWebhookSecret(), record.NewWebhookSecret()
	if first == second || !strings.HasPrefix(first, "whsec_") {
		t.Errorf("%s and %s", first, second)
	}
	if _, err := webhook.Sign([]string{first, second}, "msg_1", time.Now(), nil); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{first + "!", "whsec_*"} {
		if _, err := webhook.Sign([]string{bad}, "msg_1", time.Now(), nil); err == nil {
			t.Errorf("signed with %q", bad)
		}
	}
}

func TestSchedule(t *testing.T) {
	var whole time.Duration
	for i, wait := range webhook.Schedule() {
		if i > 0 && wait <= webhook.Schedule()[i-1] {
			t.Errorf("attempt %d waits %s", i+1, wait)
		}
		whole += wait
	}
	if len(webhook.Schedule()) != 10 || whole < 72*time.Hour || whole > 80*time.Hour {
		t.Errorf("%d attempts in %s", len(webhook.Schedule()), whole)
	}
}
