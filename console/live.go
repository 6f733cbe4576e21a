package console

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Timing of the streams that tell open pages that something happened.
const (
	livePath      = "/live"
	liveLook      = 250 * time.Millisecond // how often events are looked for, once for all pages of a workspace
	liveHeartbeat = 15 * time.Second       // so that nothing between us and the browser gives up
	liveLongest   = 10 * time.Minute       // then the browser comes back, and its key is looked at again
	liveWriteIn   = 5 * time.Second
)

// feeds look for events of each workspace that somebody watches. With no page in
// view there is no query.
type feeds struct {
	last func(ctx context.Context, workspaceID string) (int64, error)
	mu   sync.Mutex
	open map[string]*feed
}

type feed struct {
	stop    context.CancelFunc
	streams map[chan int64]bool // each holds the newest place only
}

// follow subscribes to the place of the newest event of a workspace.
func (f *feeds) follow(workspaceID string) (places chan int64, leave func()) {
	places = make(chan int64, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	one := f.open[workspaceID]
	if one == nil {
		ctx, stop := context.WithCancel(context.Background())
		one = &feed{stop: stop, streams: map[chan int64]bool{}}
		f.open[workspaceID] = one
		go f.run(ctx, workspaceID, one)
	}
	one.streams[places] = true
	return places, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if delete(one.streams, places); len(one.streams) == 0 {
			one.stop()
			delete(f.open, workspaceID)
		}
	}
}

func (f *feeds) run(ctx context.Context, workspaceID string, one *feed) {
	tick := time.NewTicker(liveLook)
	defer tick.Stop()
	for seen := int64(-1); ; {
		asking, cancel := context.WithTimeout(ctx, patience)
		place, err := f.last(asking, workspaceID)
		cancel()
		if err == nil && place != seen { // a database that is away is asked again
			seen = place
			f.tell(one, place)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (f *feeds) tell(one *feed, place int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for places := range one.streams {
		select {
		case <-places: // nobody read the one before: the newest is enough
		default:
		}
		places <- place
	}
}

// live tells a page the place of the newest event, as server-sent events: the page
// then reads itself again.
func (c *console) live(w http.ResponseWriter, r *http.Request) {
	key, err := c.visitor(r)
	if err != nil {
		http.Error(w, "Not signed in.", http.StatusUnauthorized)
		return
	}
	places, leave := c.feeds.follow(key.WorkspaceID)
	defer leave()
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	send := func(text string) bool {
		_ = control.SetWriteDeadline(time.Now().Add(liveWriteIn)) // a writer without deadlines waits as long as it likes
		_, err := fmt.Fprint(w, text)
		return err == nil && control.Flush() == nil
	}
	beat, end := time.NewTicker(liveHeartbeat), time.After(liveLongest)
	defer beat.Stop()
	for sent := send(": enrichd\n\n"); sent; {
		select {
		case place := <-places:
			sent = send(fmt.Sprintf("id: %d\ndata: %[1]d\n\n", place))
		case <-beat.C:
			sent = send(":\n\n")
		case <-end:
			return
		case <-c.Done:
			return
		case <-r.Context().Done():
			return
		}
	}
}
