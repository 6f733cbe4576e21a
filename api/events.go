package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
)

// Timing and bounds of event streams.
const (
	eventsPath    = "/v1/events"
	heartbeat     = 15 * time.Second // a comment, so that nothing between us and the reader gives up
	eventPoll     = 100 * time.Millisecond
	eventPage     = 500
	eventBuffer   = 1000 // events that a slow reader may be behind; then it is dropped and comes back
	writeEventsIn = 10 * time.Second
)

// eventStore is what the streams read.
type eventStore interface {
	Events(ctx context.Context, workspaceID string, after int64, n int) ([]enrich.Event, error)
	EventRange(ctx context.Context, workspaceID string) (first, last int64, err error)
}

// feeds reads the events of each workspace that somebody follows once, for all
// its streams. With no stream there is no query.
type feeds struct {
	store eventStore
	log   *slog.Logger
	mu    sync.Mutex
	open  map[string]*feed
}

// feed is the events of one workspace on their way to its streams.
type feed struct {
	stop    context.CancelFunc
	streams map[chan enrich.Event]bool
}

// follow subscribes to the events after the newest one, and says which that was.
func (f *feeds) follow(ctx context.Context, workspaceID string) (events chan enrich.Event, from int64, leave func(), err error) {
	if _, from, err = f.store.EventRange(ctx, workspaceID); err != nil {
		return nil, 0, nil, err
	}
	events = make(chan enrich.Event, eventBuffer)
	f.mu.Lock()
	defer f.mu.Unlock()
	one := f.open[workspaceID]
	if one == nil {
		running, stop := context.WithCancel(context.WithoutCancel(ctx))
		one = &feed{stop: stop, streams: map[chan enrich.Event]bool{}}
		f.open[workspaceID] = one
		go f.run(running, workspaceID, one, from)
	}
	one.streams[events] = true
	return events, from, func() { f.leave(workspaceID, one, events) }, nil
}

func (f *feeds) leave(workspaceID string, one *feed, events chan enrich.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(one.streams, events)
	if len(one.streams) == 0 {
		one.stop()
		if f.open[workspaceID] == one {
			delete(f.open, workspaceID)
		}
	}
}

// run reads new events and hands them to every stream, until the last one left.
func (f *feeds) run(ctx context.Context, workspaceID string, one *feed, after int64) {
	tick := time.NewTicker(eventPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		events, err := f.store.Events(ctx, workspaceID, after, eventPage)
		if err != nil {
			if ctx.Err() == nil {
				f.log.Warn("cannot read events, trying again", "workspace", workspaceID, "error", err)
			}
			continue
		}
		for _, e := range events {
			after = e.Sequence
			f.hand(one, e)
		}
	}
}

// hand gives an event to every stream. One that is too far behind is dropped: its
// reader resumes from the last event that it saw.
func (f *feeds) hand(one *feed, e enrich.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for events := range one.streams {
		select {
		case events <- e:
		default:
			delete(one.streams, events)
			close(events)
		}
	}
}

// streamEvents sends what happens in the workspace as server-sent events, from
// now on or after Last-Event-ID.
func (s *server) streamEvents(c *call) error {
	if _, err := c.query(jsonapi.Allowed{Custom: []string{"workspaceId"}}); err != nil {
		return err
	}
	events, live, leave, err := s.feeds.follow(c.r.Context(), c.workspace())
	if err != nil {
		return err
	}
	defer leave()
	out := &eventWriter{w: c.w, control: http.NewResponseController(c.w)}
	header := c.w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no")
	c.w.WriteHeader(http.StatusOK)
	if out.comment("enrichd events") != nil {
		return nil // the reader is gone
	}
	seen, err := s.catchUp(c, out, live)
	if err != nil {
		return nil // the reader is gone, or the database is: it comes back with the last id that it saw
	}
	s.pass(c.r.Context(), out, events, seen)
	return nil
}

// catchUp sends what a returning reader missed, up to the event with which the
// live stream begins. An id that is no longer kept, or never was, is answered by
// a reset: the reader must look at the whole anew.
func (s *server) catchUp(c *call, out *eventWriter, live int64) (seen int64, err error) {
	header := c.r.Header.Get("Last-Event-ID")
	if header == "" {
		return live, nil
	}
	first, _, err := s.store.EventRange(c.r.Context(), c.workspace())
	if err != nil {
		return 0, err
	}
	last, err := strconv.ParseInt(header, 10, 64)
	if err != nil || last < 0 || last > live || last+1 < first {
		return live, out.send(live, "reset", map[string]any{"reason": "The last event id is not known here any more; read the resources anew."})
	}
	for seen = last; seen < live; {
		page, err := s.store.Events(c.r.Context(), c.workspace(), seen, eventPage)
		if err != nil {
			return seen, err
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			if err := out.event(e); err != nil {
				return seen, err
			}
			seen = e.Sequence
		}
	}
	return seen, nil
}

// pass sends live events until the reader leaves or falls too far behind.
func (s *server) pass(ctx context.Context, out *eventWriter, events <-chan enrich.Event, seen int64) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.done:
			return
		case <-beat.C:
			if out.comment("still here") != nil {
				return
			}
		case e, open := <-events:
			if !open {
				return
			}
			if e.Sequence <= seen {
				continue
			}
			if out.event(e) != nil {
				return
			}
			seen = e.Sequence
		}
	}
}

// eventWriter writes server-sent events, each within a bounded time.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (o *eventWriter) event(e enrich.Event) error {
	return o.send(e.Sequence, e.Type, eventBody(e))
}

// eventBody is an event as programs read it: thin, without any output.
func eventBody(e enrich.Event) map[string]any {
	return map[string]any{
		"type": e.Type, "timestamp": e.At.UTC().Format("2006-01-02T15:04:05.000Z"),
		"data": map[string]any{"type": e.SubjectType, "id": e.SubjectID}, "details": rawOrNull(e.Data),
	}
}

func (o *eventWriter) send(id int64, name string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return o.write(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", id, name, raw))
}

func (o *eventWriter) comment(text string) error { return o.write(": " + text + "\n\n") }

func (o *eventWriter) write(text string) error {
	_ = o.control.SetWriteDeadline(time.Now().Add(writeEventsIn)) // not every connection has one
	if _, err := o.w.Write([]byte(text)); err != nil {
		return err
	}
	return o.control.Flush()
}
