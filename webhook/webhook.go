// Package webhook tells other programs what happened.
//
// Messages follow the Standard Webhooks specification: thin, signed, the same
// webhook-id at every attempt. The source is the order of the events, so that
// nothing is passed over; the log of deliveries is in the database, so that any
// process goes on where another one stopped. Each event is told at least once.
package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/fetch"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// Bounds of an attempt.
const (
	timeout   = 15 * time.Second
	maxAnswer = 64 << 10 // bytes of a receiver's answer that are read
)

// Schedule is how long each attempt waits for the one before it, as the Standard
// Webhooks specification has it: ten attempts in a little more than three days.
// Waits are up to a tenth longer, so that what failed together is not tried
// together.
func Schedule() []time.Duration {
	return []time.Duration{
		0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
		10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

// Options of New. Store, Client and Log must be given.
type Options struct {
	Store  *postgres.DB
	Client *fetch.Client
	Log    *slog.Logger
	Slots  int             // messages on their way at the same time; 0 means 32
	Poll   time.Duration   // between looks at what is due; 0 means 500 ms
	Waits  []time.Duration // default: Schedule
}

// Sender delivers what is due. Any number of processes may run one.
type Sender struct{ o Options }

// New makes a sender.
func New(o Options) *Sender {
	if o.Slots == 0 {
		o.Slots = 32
	}
	if o.Poll == 0 {
		o.Poll = 500 * time.Millisecond
	}
	if o.Waits == nil {
		o.Waits = Schedule()
	}
	return &Sender{o}
}

// Run delivers until ctx ends, and returns when nothing is on its way any more.
func (s *Sender) Run(ctx context.Context) {
	var sending sync.WaitGroup
	defer sending.Wait()
	free, done := make(chan struct{}, s.o.Slots), make(chan struct{}, 1)
	for range s.o.Slots {
		free <- struct{}{}
	}
	for ctx.Err() == nil {
		batch, turn := s.claim(ctx, len(free))
		for _, one := range batch {
			<-free
			sending.Go(func() {
				s.deliver(ctx, one)
				free <- struct{}{}
				select {
				case done <- struct{}{}:
				default:
				}
			})
		}
		if turn {
			continue
		}
		select { // nobody waits, or everything is on its way
		case <-ctx.Done():
		case <-done:
		case <-time.After(s.o.Poll):
		}
	}
}

// claim takes the turn of one workspace, with up to n of its deliveries.
func (s *Sender) claim(ctx context.Context, n int) (batch []postgres.Sending, turn bool) {
	if n == 0 {
		return nil, false
	}
	batch, turn, err := s.o.Store.ClaimDeliveries(ctx, n)
	if err != nil {
		if ctx.Err() == nil {
			s.o.Log.Warn("cannot claim webhook deliveries, trying again", "error", err)
		}
		return nil, false
	}
	return batch, turn
}

// deliver makes one attempt and writes how it ended. What a stop cuts off is
// made again when its lease is over.
func (s *Sender) deliver(ctx context.Context, one postgres.Sending) {
	sent := s.attempt(ctx, one)
	if ctx.Err() != nil && !sent.Delivered {
		return
	}
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := s.o.Store.SettleDelivery(settle, one, sent); err != nil {
		s.o.Log.Warn("cannot write how a webhook delivery ended; it will be made again", "delivery", one.ID, "error", err)
	}
}

// MessageID is the webhook-id of a delivery, the same at every attempt.
func MessageID(d record.WebhookDelivery) string { return "msg_" + d.ID }

// Payload is the body of a delivery: what happened, when, and to what. What the
// thing looks like now is for the receiver to ask.
func Payload(d record.WebhookDelivery) ([]byte, error) {
	type subject struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	}
	return json.Marshal(struct {
		Type      string  `json:"type"`
		Timestamp string  `json:"timestamp"`
		Data      subject `json:"data"`
	}{d.EventType, d.EventAt.UTC().Format("2006-01-02T15:04:05.000Z"), subject{d.SubjectType, d.SubjectID}})
}

func (s *Sender) attempt(ctx context.Context, one postgres.Sending) postgres.Sent {
	failed := postgres.Sent{Again: s.wait(one.Attempts)}
	body, err := Payload(one.WebhookDelivery)
	if err != nil {
		failed.Error = "The message cannot be written."
		return failed
	}
	at := time.Now()
	signature, err := Sign(one.Secrets, MessageID(one.WebhookDelivery), at, body)
	if err != nil {
		failed.Error = "The message cannot be signed: rotate the secret."
		return failed
	}
	answer, err := s.o.Client.Do(ctx, fetch.Request{
		Method: http.MethodPost, URL: one.URL, Body: body, Timeout: timeout, MaxBytes: maxAnswer, Cut: true,
		Header: http.Header{
			"Content-Type": {"application/json"}, "Webhook-Id": {MessageID(one.WebhookDelivery)},
			"Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {signature},
		},
	})
	if err != nil {
		failed.Error = reason(err)
		return failed
	}
	failed.Status = answer.Status
	switch {
	case answer.Status/100 == 2:
		return postgres.Sent{Delivered: true, Status: answer.Status}
	case answer.Status == http.StatusGone:
		failed.Disable = "The receiver answered 410 Gone."
	}
	failed.Error = fmt.Sprintf("The receiver answered %d.", answer.Status)
	return failed
}

// wait is how long to wait after attempt number n failed; negative when it was
// the last one.
func (s *Sender) wait(n int) time.Duration {
	if n >= len(s.o.Waits) {
		return -1
	}
	wait := s.o.Waits[n]
	return wait + time.Duration(rand.Float64()*float64(wait)/10)
}

func reason(err error) string {
	var e *enrich.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "There was no answer."
}
