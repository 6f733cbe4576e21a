package chaos

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/enrichd/enrichd/chaos/check"
)

// How the upstream treats a call after it has noted it.
const (
	answers  = ""        // says done
	hangs    = "hangs"   // never answers
	halfway  = "halfway" // sends its header and part of the body, then nothing
	breaks   = "breaks"  // cuts the connection
	errs     = "errs"    // 500
	garbles  = "garbles" // 200 with another body
	hangsFor = 30 * time.Second
)

// upstream is the world outside: it notes each call before it answers it.
type upstream struct {
	listener net.Listener
	server   *http.Server
	journal  *journal

	mu      sync.Mutex
	mode    string
	effects []check.Effect
	killing func(pid int) bool // asked once a call is noted, before it is answered
}

func startUpstream(j *journal, addr string) (*upstream, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(addr, "0"))
	if err != nil {
		return nil, err
	}
	u := &upstream{listener: l, journal: j}
	u.server = &http.Server{Handler: u, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := u.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			j.note("the upstream ended: " + err.Error())
		}
	}()
	return u, nil
}

func (u *upstream) addr() string { return u.listener.Addr().String() }

func (u *upstream) set(mode string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.mode = mode
}

// beforeAnswer has f asked of every call that was noted; nil ends that.
func (u *upstream) beforeAnswer(f func(pid int) bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.killing = f
}

func (u *upstream) seen() []check.Effect {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.effects[:len(u.effects):len(u.effects)]
}

// ServeHTTP notes an effect and answers as it was told.
func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return // half a request is no effect
	}
	var call struct {
		Task    string `json:"task"`
		Attempt int    `json:"attempt"`
	}
	if json.Unmarshal(body, &call) != nil {
		http.Error(w, "no call", http.StatusBadRequest)
		return
	}
	sum := sha256.Sum256(body)
	pid, _ := strconv.Atoi(r.Header.Get("X-Pid"))
	e := check.Effect{At: time.Now(), Key: r.Header.Get("Idempotency-Key"), Task: call.Task, Attempt: call.Attempt, PID: pid, Body: hex.EncodeToString(sum[:])}
	u.mu.Lock()
	u.effects = append(u.effects, e)
	mode, killing := u.mode, u.killing
	u.mu.Unlock()
	u.journal.effect(e)
	if killing != nil && killing(pid) {
		panic(http.ErrAbortHandler)
	}
	if millis, _ := strconv.Atoi(r.URL.Query().Get("millis")); millis > 0 {
		pause(r.Context(), time.Duration(millis)*time.Millisecond)
	}
	answer(w, r, mode)
}

func answer(w http.ResponseWriter, r *http.Request, mode string) {
	switch mode {
	case hangs:
		pause(r.Context(), hangsFor)
		panic(http.ErrAbortHandler)
	case halfway:
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "do")
		_ = http.NewResponseController(w).Flush()
		pause(r.Context(), hangsFor)
		panic(http.ErrAbortHandler)
	case breaks:
		panic(http.ErrAbortHandler)
	case errs:
		http.Error(w, "no", http.StatusInternalServerError)
	case garbles:
		fmt.Fprint(w, "<html>")
	default:
		fmt.Fprintln(w, "done")
	}
}
