package push

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	// keysFresh is how long keys are used without asking for them again. Google keeps
	// new ones published for longer than that before it signs with them.
	keysFresh = time.Hour
	// keysKept is how long they are used while nobody answers.
	keysKept = 24 * time.Hour
	// keysPause is between two fetches, however many tokens name keys that we lack:
	// anybody can send those.
	keysPause = 10 * time.Second
	// fetchTimeout bounds one fetch.
	fetchTimeout = 10 * time.Second
	// maxKeys bounds the set of keys, in bytes.
	maxKeys = 256 << 10
)

// fetchError is the context's key for the place where keys leaves an error of
// fetching: the library passes on its text alone.
type fetchError struct{}

// keys is the issuer's set of keys: fetched when it is needed, again when it gets old
// or lacks a key, and never more often than keysPause.
type keys struct {
	fetch *fetcher
	ctx   context.Context // holds the client, for the library

	mu    sync.Mutex
	set   *oidc.RemoteKeySet // asks again by itself for a key that it lacks
	since time.Time
}

func newKeys(t Trust) *keys {
	f := &fetcher{next: t.Transport, now: t.Now}
	if f.next == nil {
		f.next = http.DefaultTransport
	}
	client := &http.Client{Transport: f, Timeout: fetchTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	k := &keys{fetch: f, ctx: oidc.ClientContext(context.Background(), client)}
	f.url = t.JWKSURL
	return k
}

// VerifySignature is of oidc.KeySet.
func (k *keys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.current().VerifySignature(ctx, token)
	if err != nil {
		if place, ok := ctx.Value(fetchError{}).(*error); ok {
			*place = k.fetch.failed()
			if ctx.Err() != nil {
				*place = ctx.Err()
			}
		}
	}
	return payload, err
}

// current is the set, a new and empty one where it has got old: a key that is no
// longer published must not be trusted for ever.
func (k *keys) current() *oidc.RemoteKeySet {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.fetch.now(); k.set == nil || now.Sub(k.since) >= keysFresh {
		k.set, k.since = oidc.NewRemoteKeySet(k.ctx, k.fetch.url), now
	}
	return k.set
}

// fetcher gets the document of keys for the library. Between two fetches, and for a
// day while nobody answers, it gives the last one.
type fetcher struct {
	url  string
	next http.RoundTripper
	now  func() time.Time

	mu      sync.Mutex
	tried   time.Time // last fetch
	fetched time.Time // last fetch that brought a document
	body    []byte
	err     error // of the last fetch, where no document is left to give
}

// failed is why there is no document; nil where there is one.
func (f *fetcher) failed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// RoundTrip is of http.RoundTripper. Fetches follow each other: the library asks one
// at a time, but for two sets that change over.
func (f *fetcher) RoundTrip(req *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if f.tried.IsZero() || now.Sub(f.tried) >= keysPause || now.Before(f.tried) {
		f.tried = now
		body, err := f.get(req)
		switch {
		case err == nil:
			f.body, f.fetched, f.err = body, now, nil
		case f.body == nil || now.Sub(f.fetched) >= keysKept:
			f.body, f.err = nil, err
		}
	}
	if f.err != nil {
		return nil, f.err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(f.body)), ContentLength: int64(len(f.body)),
	}, nil
}

// get fetches once.
func (f *fetcher) get(req *http.Request) ([]byte, error) {
	resp, err := f.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", req.URL.Host, resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeys+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxKeys {
		return nil, fmt.Errorf("%s sends more than %d bytes of keys", req.URL.Host, maxKeys)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(body, &set) != nil || len(set.Keys) == 0 {
		return nil, fmt.Errorf("%s sends no set of keys", req.URL.Host)
	}
	return body, nil
}
