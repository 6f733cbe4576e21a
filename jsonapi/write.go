package jsonapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Write sends a document with its entity tag, or 304 to a caller who has it. A
// status of 204 sends none, and d may be nil. A HEAD request gets the headers
// alone. An error means that nothing was sent.
func Write(w http.ResponseWriter, r *http.Request, status int, d *Document) error {
	if status == http.StatusNoContent || status == http.StatusNotModified {
		w.Header().Del("Content-Type")
		setHeaders(w.Header())
		w.WriteHeader(status)
		return nil
	}
	if d == nil {
		return errors.New("jsonapi: there is no document to write")
	}
	raw, err := marshal(d)
	if err != nil {
		return err
	}
	if tag := entityTag(d.Version, raw); status < http.StatusMultipleChoices {
		w.Header().Set("ETag", tag)
		if unchanged(r, tag) {
			return Write(w, r, http.StatusNotModified, nil)
		}
	}
	send(w, r, status, d.Profiles, raw)
	return nil
}

// maxErrorBody bounds an error document in bytes, whatever the request held.
const maxErrorBody = 4096

// WriteErrors sends an error document; traceID goes into each error's meta. Of
// many errors as many are shown as fit, and meta.omitted counts the rest.
func WriteErrors(w http.ResponseWriter, r *http.Request, traceID string, errs ...*Error) {
	if len(errs) == 0 {
		errs = []*Error{Fault("INTERNAL_ERROR", "Something went wrong on our side.")}
	}
	send(w, r, Errors(errs).Status(), nil, errorDocument(traceID, errs))
}

func errorDocument(traceID string, errs []*Error) []byte {
	var shown []json.RawMessage
	size := 150 // for what stands around them
	for _, e := range errs {
		raw := e.bounded(traceID, maxErrorBody-size)
		if raw == nil && len(shown) > 0 {
			break
		}
		if raw == nil {
			raw = e.short(traceID)
		}
		size += len(raw) + 1
		shown = append(shown, raw)
	}
	var o object
	o.add("jsonapi", about(nil))
	o.add("errors", shown)
	if omitted := len(errs) - len(shown); omitted > 0 {
		o.add("meta", map[string]any{"omitted": omitted})
	}
	raw, _ := o.bytes() // raw messages that were marshaled before
	return raw
}

func send(w http.ResponseWriter, r *http.Request, status int, profiles []string, raw []byte) {
	h := w.Header()
	setHeaders(h)
	h.Set("Content-Type", contentType(profiles))
	h.Set("X-Content-Type-Options", "nosniff")
	if h.Get("Content-Encoding") == "" {
		h.Set("Content-Length", strconv.Itoa(len(raw)))
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(raw) // a caller that went away is no error of ours
	}
}

// setHeaders sets what every response carries, with a body or without one.
func setHeaders(h http.Header) {
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	varies := h.Values("Vary")
	if !slices.ContainsFunc(strings.Split(strings.Join(varies, ","), ","), func(v string) bool { return strings.EqualFold(strings.TrimSpace(v), "Accept") }) {
		varies = append(slices.Clone(varies), "Accept")
	}
	h.Set("Vary", strings.Join(varies, ", ")) // on one line: some look at the first alone
}
