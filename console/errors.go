package console

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/enrichd/enrichd/enrich"
)

// problem is the page of an error: what happened and what to do now.
type problem struct {
	Status    int
	Title     phrase
	Words     phrase
	Reference string // to find it in the log
	Retry     bool   // trying again may help
}

// Error returns the title.
func (p *problem) Error() string { return p.Title.String() }

var (
	errNoPage        = &problem{Status: http.StatusNotFound, Title: say("There is no such page"), Words: say("The address leads nowhere. It may have been typed or copied with a mistake.")}
	errForeignHost   = &problem{Status: http.StatusForbidden, Title: say("Not under this name"), Words: say("In development the console answers on this machine alone, as localhost or 127.0.0.1.")}
	errForeignOrigin = &problem{Status: http.StatusForbidden, Title: say("Sent from another site"), Words: say("What was sent came from a page that is not part of this console, so nothing was done.")}
)

// badLink is the problem of an address whose query cannot be read.
func badLink(words phrase) error {
	return &problem{Status: http.StatusBadRequest, Title: say("This link cannot be followed"), Words: words}
}

// fail answers with the page of an error. What is not meant for people stays in
// the log, under a reference that the page shows.
func (c *console) fail(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	switch {
	case errors.Is(err, errSignedOut):
		askKey(w, r)
		return
	case errors.As(err, &p):
	case enrich.CodeOf(err) == enrich.CodeNotFound:
		p = &problem{Status: http.StatusNotFound, Title: say("There is nothing here"), Words: say("It was never there, was deleted, or belongs to another workspace.")}
	case away(err):
		w.Header().Set("Retry-After", "5")
		c.Log.Warn("the console cannot reach the database", "path", r.URL.Path, "error", err)
		p = &problem{
			Status: http.StatusServiceUnavailable, Title: say("The database does not answer"), Retry: true,
			Words: say("Nothing is lost: tasks go on when it is back. Try again in a moment."),
		}
	default:
		p = &problem{
			Status: http.StatusInternalServerError, Title: say("Something went wrong on our side"), Retry: true,
			Words: say("It stands in the log under the reference below."), Reference: reference(),
		}
		c.Log.Error("a page failed", "path", r.URL.Path, "reference", p.Reference, "error", err)
	}
	c.render(w, r, p.Status, page{View: "problem", Title: p.Title, Body: p})
}

func reference() string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// away reports whether err says that the database cannot be reached or does not
// answer, rather than that it was asked something wrong.
func away(err error) bool {
	var network net.Error
	var unsent interface{ SafeToRetry() bool }
	for _, lost := range []error{context.DeadlineExceeded, context.Canceled, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, lost) {
			return true
		}
	}
	if errors.As(err, &network) || errors.As(err, &unsent) && unsent.SafeToRetry() {
		return true
	}
	var refused interface{ SQLState() string }
	if !errors.As(err, &refused) || len(refused.SQLState()) < 2 {
		return false
	}
	switch refused.SQLState()[:2] {
	case "08", "53", "57", "58": // connection, resources, operator, system
		return true
	}
	return false
}
