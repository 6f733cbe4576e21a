package push

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/enrichd/enrichd/cloudtasks"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/failpoint"
)

// Engine runs what is pushed; dispatch.Engine is one.
type Engine interface {
	// Deliver runs the task of a push and returns when it is settled: what became of it,
	// and whether it stays with the queue, to be pushed again.
	Deliver(ctx context.Context, d enrich.Delivery) (became enrich.Outcome, stays bool, err error)
	// Return takes a task back that the queue is about to drop.
	Return(ctx context.Context, d enrich.Delivery) (bool, error)
}

// Options are what a Handler is made of. Engine and Verify are required.
type Options struct {
	Engine Engine
	// Verify judges the token of a push; Verifier.Verify.
	Verify func(ctx context.Context, bearer string) error
	// MaxAttempts is that of the queues' retry configuration; 0 is no bound. A queue
	// deletes what it has tried so often, and tells nobody: there, the task's row ends.
	MaxAttempts int
	Log         *slog.Logger
}

// Header fields of a push, see spec 4.1. They say nothing of who sent it. Attempts are
// counted in the dispatch row: the service's execution count leaves out answers of
// 5xx, and its retry count alone tells the last try.
const (
	headerTaskName   = "X-CloudTasks-TaskName"
	headerRetryCount = "X-CloudTasks-TaskRetryCount"
)

const (
	// maxBody is many times the size of a Payload, in bytes.
	maxBody = 4 << 10
	// bodyFor bounds the reading of the body.
	bodyFor = 5 * time.Second
	// unknownTries is how often a push is asked for again of a task that nobody knows, or
	// that this process does not run. Then the first is dropped with an alert, and the
	// other is handed over anew.
	unknownTries = 5
	// returnFor bounds what is written for a push whose sender has left.
	returnFor = 5 * time.Second
)

type handler struct {
	Options
}

// NewHandler answers POST /internal/dispatch/{enrichment_type}:
//
//	204  done with this push: the task has ended, or its row takes care of the rest
//	401  the token is not the service's
//	409  the task runs elsewhere, or its claim was lost: push again
//	429  every slot is taken: push again, and slow the queue down
//	500  the attempt failed and there are more: push again
//	501  this process does not run such tasks, another may: push again
//	503  this process takes no work now, or the database is away: push again
//
// 429 and 503 slow the whole queue down, so they are for what concerns all of it.
func NewHandler(o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	mux.Handle("POST /internal/dispatch/{enrichment_type}", &handler{o})
	return mux
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h.Verify(r.Context(), Bearer(r)); err != nil {
		var refused *TokenError
		if errors.As(err, &refused) {
			h.Log.Warn("a push was refused", "reason", refused.Reason, "from", r.RemoteAddr)
			http.Error(w, "the token is not taken", http.StatusUnauthorized)
			return
		}
		h.Log.Error("cannot verify pushes", "error", err)
		again(w, http.StatusServiceUnavailable, 5*time.Second, "the token cannot be verified now")
		return
	}
	// A deadline on the connection would end the context of a long attempt, too.
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(bodyFor)) // a connection without deadlines is a test's
	d := h.read(r)
	_ = connection.SetReadDeadline(time.Time{})
	if d.TaskID == "" {
		h.Log.Error("a push names no task and was dropped; if a task was meant, it is handed over anew within the hour",
			"task", r.Header.Get(headerTaskName), "reason", d.Malformed)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	became, stays, err := h.Engine.Deliver(r.Context(), d)
	if err := failpoint.Hit(failpoint.PushBeforeAnswer); err != nil {
		panic(http.ErrAbortHandler)
	}
	h.answer(w, r, d, became, stays, err)
}

// read takes a push for what it says. The name of the task is the queue's word for
// it, whatever became of the body.
func (h *handler) read(r *http.Request) enrich.Delivery {
	tried, err := strconv.Atoi(r.Header.Get(headerRetryCount))
	// Where the count is not to be had, the row's own count of attempts ends the task.
	d := enrich.Delivery{Last: err == nil && h.MaxAttempts > 0 && tried+1 >= h.MaxAttempts}
	d.Type = enrich.Type(r.PathValue("enrichment_type"))
	named, isOurs := cloudtasks.ParseTaskID(r.Header.Get(headerTaskName))
	p, err := readPayload(r.Body)
	switch {
	case err != nil:
		d.Malformed = err.Error()
	case isOurs && (named.TaskID != p.TaskID || named.Generation != p.Generation):
		d.Malformed = "the body is of another task than its name"
	default:
		d.WorkspaceID, d.TaskID, d.Generation = p.WorkspaceID, p.TaskID, p.Generation
		return d
	}
	if isOurs {
		d.TaskID, d.Generation = named.TaskID, named.Generation
	}
	return d
}

// readPayload reads the body, strictly: it is we who wrote it.
func readPayload(body io.Reader) (p cloudtasks.Payload, err error) {
	raw, err := io.ReadAll(io.LimitReader(body, maxBody+1))
	switch {
	case err != nil:
		return p, fmt.Errorf("the body breaks off: %w", err)
	case len(raw) > maxBody:
		return p, fmt.Errorf("the body has more than %d bytes", maxBody)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return p, fmt.Errorf("the body is no payload: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return p, errors.New("the body is more than a payload")
	}
	if p.WorkspaceID == "" || p.TaskID == "" || p.Generation <= 0 {
		return p, errors.New("the body lacks an id or the generation")
	}
	return p, nil
}

// answer says what the queue is to do.
func (h *handler) answer(w http.ResponseWriter, r *http.Request, d enrich.Delivery, became enrich.Outcome, stays bool, err error) {
	switch {
	case err == nil && stays && became == enrich.OutcomeReleased:
		again(w, http.StatusServiceUnavailable, time.Second, "the process stops")
	case err == nil && stays:
		again(w, http.StatusInternalServerError, 0, "the attempt failed")
	case err == nil, errors.Is(err, enrich.ErrOver), errors.Is(err, enrich.ErrSuperseded), errors.Is(err, enrich.ErrNotNow):
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, enrich.ErrUnknown):
		h.unknown(w, r, d)
	case errors.Is(err, enrich.ErrNoKind) && !d.Last && tries(r) < unknownTries:
		again(w, http.StatusNotImplemented, time.Second, "this process does not run such tasks")
	case errors.Is(err, enrich.ErrNoKind) && h.returned(r.Context(), d):
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, enrich.ErrElsewhere), errors.Is(err, enrich.ErrLost):
		// Whoever runs it holds a lease: if that ends, the row is handed over anew.
		again(w, http.StatusConflict, 5*time.Second, "the task runs elsewhere")
	case d.Last && h.returned(r.Context(), d):
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, enrich.ErrBusy):
		again(w, http.StatusTooManyRequests, time.Second, "every slot is taken")
	case r.Context().Err() != nil:
		return // nobody listens
	default:
		if !errors.Is(err, enrich.ErrUnready) {
			h.Log.Warn("a push could not be worked on", "task", d.TaskID, "error", err)
		}
		again(w, http.StatusServiceUnavailable, time.Second, "not now")
	}
}

// tries is how often the queue has pushed this before; many where it does not say.
func tries(r *http.Request) int {
	tried, err := strconv.Atoi(r.Header.Get(headerRetryCount))
	if err != nil || tried < 0 {
		return math.MaxInt
	}
	return tried
}

// unknown meets a task that was never made here. It may be that we do not see it
// yet, but not for ever.
func (h *handler) unknown(w http.ResponseWriter, r *http.Request, d enrich.Delivery) {
	if tries(r) < unknownTries && !d.Last && d.Malformed == "" {
		// No 503: one stray task must not slow its queue.
		again(w, http.StatusNotFound, time.Second, "there is no such task")
		return
	}
	h.Log.Error("a push of a task that nobody made was dropped", "task", d.TaskID, "generation", d.Generation, "workspace", d.WorkspaceID)
	w.WriteHeader(http.StatusNoContent)
}

// returned takes the task back at the queue's last try, so that it is handed over
// anew: what stood in its way was not the task.
func (h *handler) returned(ctx context.Context, d enrich.Delivery) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), returnFor)
	defer cancel()
	ok, err := h.Engine.Return(ctx, d)
	if err != nil {
		h.Log.Warn("a task could not be taken back at the queue's last try; it is handed over anew within the hour", "task", d.TaskID, "error", err)
	}
	return ok && err == nil
}

// again has the queue push again.
func again(w http.ResponseWriter, status int, after time.Duration, words string) {
	if after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(after.Seconds())))
	}
	http.Error(w, words, status)
}
