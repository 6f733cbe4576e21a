package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
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
// or lacks a key, and never more often than keysPause. The library's own set fetches
// for every token that names a key it lacks, and keeps what it has for ever.
type keys struct {
	url    string
	client *http.Client
	now    func() time.Time

	mu      sync.Mutex // is held while one fetches: the others want the same
	set     map[string]jose.JSONWebKey
	fetched time.Time // when set was fetched
	tried   time.Time // last fetch
	err     error     // of the last fetch
}

func newKeys(t Trust) *keys {
	return &keys{url: t.JWKSURL, now: t.Now, client: &http.Client{
		Transport: t.Transport, Timeout: fetchTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// VerifySignature is of oidc.KeySet.
func (k *keys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{algorithm})
	if err != nil {
		return nil, err
	}
	if len(signed.Signatures) != 1 {
		return nil, errors.New("not one signature")
	}
	key, err := k.find(signed.Signatures[0].Header.KeyID)
	if err != nil {
		if place, ok := ctx.Value(fetchError{}).(*error); ok {
			*place = err
		}
		return nil, err
	}
	if key == nil {
		return nil, errors.New("no such key")
	}
	return signed.Verify(key)
}

// find is the key of a name; nil is none, and an error that it cannot be known. What
// we have is used for keysKept while nobody answers.
func (k *keys) find(name string) (*jose.JSONWebKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	key, known := k.set[name]
	if fresh := now.Sub(k.fetched) < keysFresh; !known || !fresh {
		if since := now.Sub(k.tried); k.tried.IsZero() || since >= keysPause || since < 0 {
			k.fetch(now)
		}
		key, known = k.set[name]
	}
	switch {
	case k.set == nil || now.Sub(k.fetched) >= keysKept:
		return nil, k.err
	case !known:
		return nil, k.err // nil where the last set lacks it; else a newer one may have it
	}
	return &key, nil
}

// fetch gets the set. The caller holds k.mu. It goes by a time of its own: who waits
// for it may be many.
func (k *keys) fetch(now time.Time) {
	k.tried = now
	set, err := k.get()
	if k.err = err; err == nil {
		k.set, k.fetched = set, now
	}
}

// get fetches once.
func (k *keys) get() (map[string]jose.JSONWebKey, error) {
	resp, err := k.client.Get(k.url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", k.url, resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeys+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxKeys {
		return nil, fmt.Errorf("%s sends more than %d bytes of keys", k.url, maxKeys)
	}
	var list struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fmt.Errorf("%s sends no set of keys: %w", k.url, err)
	}
	set := map[string]jose.JSONWebKey{}
	for _, raw := range list.Keys {
		// A key of a kind that we do not know is not for our tokens.
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) == nil && key.Valid() && key.IsPublic() && key.KeyID != "" {
			set[key.KeyID] = key
		}
	}
	if len(set) == 0 {
		return nil, fmt.Errorf("%s sends no keys", k.url)
	}
	return set, nil
}
