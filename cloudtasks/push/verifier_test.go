package push_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/enrichd/enrichd/cloudtasks/push"
)

const (
	ours    = "enrichd-push"
	account = "push@books.iam.gserviceaccount.com"
)

// issuer is one who signs, with his keys on loopback.
type issuer struct {
	url string

	mu      sync.Mutex
	now     time.Time
	kid     string
	key     *rsa.PrivateKey
	fetches int
	status  int    // of the keys' answer; 0 is 200
	body    []byte // of the keys' answer; nil is the key
}

var newKey = sync.OnceValue(func() *rsa.PrivateKey { return generate() })

func generate() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{now: time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC), kid: "k1", key: newKey()}
	s := httptest.NewServer(i)
	t.Cleanup(s.Close)
	i.url = s.URL + "/certs"
	return i
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fetches++
	if i.status != 0 {
		w.WriteHeader(i.status)
		return
	}
	if i.body != nil {
		w.Write(i.body)
		return
	}
	w.Write(i.keys())
}

// keys is the document of keys: between two that nobody here can use, the true one.
func (i *issuer) keys() []byte {
	return marshal(map[string]any{"keys": []any{
		map[string]any{"kty": "OKP", "crv": "X448", "kid": "other", "x": "AA"},
		map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": i.kid, "n": b64(i.key.N.Bytes()), "e": "AQAB"},
		map[string]any{"kty": "oct", "kid": "secret", "k": "AAAA"},
	}})
}

func (i *issuer) verifier(t *testing.T) *push.Verifier {
	t.Helper()
	v, err := push.NewVerifier(push.Trust{Audience: ours, ServiceAccount: account, JWKSURL: i.url, Now: func() time.Time {
		i.mu.Lock()
		defer i.mu.Unlock()
		return i.now
	}})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (i *issuer) pass(d time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.now = i.now.Add(d)
}

// claims are those of a true push.
func (i *issuer) claims() map[string]any {
	return map[string]any{"iss": "https://accounts.google.com", "aud": ours, "sub": "1", "azp": "1", "email": account, "email_verified": true, "iat": i.now.Unix(), "exp": i.now.Add(time.Hour).Unix()}
}

func (i *issuer) header() map[string]any {
	return map[string]any{"alg": "RS256", "kid": i.kid, "typ": "JWT"}
}

func b64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func marshal(v any) []byte {
	if raw, ok := v.([]byte); ok {
		return raw
	}
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

// sign signs what it is given, true or not; []byte goes as it is.
func (i *issuer) sign(header, claims any) string {
	signed := b64(marshal(header)) + "." + b64(marshal(claims))
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + b64(sig)
}

func TestGoodTokens(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(t)
	for name, change := range map[string]func(header, claims map[string]any){
		"as Google makes them":    func(_, _ map[string]any) {},
		"issuer without https://": func(_, c map[string]any) { c["iss"] = "accounts.google.com" },
		"no typ":                  func(h, _ map[string]any) { delete(h, "typ") },
		"59 s late":               func(_, c map[string]any) { c["exp"] = i.now.Unix() - 59 },
		"59 s early":              func(_, c map[string]any) { c["iat"] = i.now.Unix() + 59 },
		"with nbf":                func(_, c map[string]any) { c["nbf"] = i.now.Unix() },
		"claims that we lack":     func(_, c map[string]any) { c["hd"] = "books.example" },
	} {
		header, claims := i.header(), i.claims()
		change(header, claims)
		if err := v.Verify(t.Context(), i.sign(header, claims)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if i.fetches != 1 {
		t.Errorf("keys were fetched %d times for 7 tokens", i.fetches)
	}
}

// More than the list has.
func TestMoreBadTokens(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(t)
	good := i.sign(i.header(), i.claims())
	with := func(change func(header, claims map[string]any)) string {
		header, claims := i.header(), i.claims()
		change(header, claims)
		return i.sign(header, claims)
	}
	for name, token := range map[string]string{
		"name in other case":   i.sign(i.header(), append(append([]byte(`{"AUD":"`+ours+`",`), marshal(i.claims())[1:len(marshal(i.claims()))-1]...), '}')),
		"only in other case":   with(func(_, c map[string]any) { delete(c, "email"); c["Email"] = account }),
		"no key named":         with(func(h, _ map[string]any) { delete(h, "kid") }),
		"kid is a number":      with(func(h, _ map[string]any) { h["kid"] = 1 }),
		"iat later than nbf":   with(func(_, c map[string]any) { c["nbf"] = i.now.Unix(); c["iat"] = i.now.Unix() + 3600 }),
		"nbf later than iat":   with(func(_, c map[string]any) { c["nbf"] = i.now.Unix() + 61 }),
		"iat missing":          with(func(_, c map[string]any) { delete(c, "iat") }),
		"exp null":             with(func(_, c map[string]any) { c["exp"] = nil }),
		"exp a word":           with(func(_, c map[string]any) { c["exp"] = "tomorrow" }),
		"exp in a million y":   with(func(_, c map[string]any) { c["exp"] = 1e15 }),
		"aud one in a list":    with(func(_, c map[string]any) { c["aud"] = []string{ours} }),
		"email in other case":  with(func(_, c map[string]any) { c["email"] = strings.ToUpper(account) }),
		"email_verified 1":     with(func(_, c map[string]any) { c["email_verified"] = 1 }),
		"RS512 in the header":  with(func(h, _ map[string]any) { h["alg"] = "RS512" }),
		"claims are a list":    i.sign(i.header(), []byte(`[]`)),
		"two objects":          i.sign(i.header(), append(marshal(i.claims()), "{}"...)),
		"header is no JSON":    i.sign([]byte("header"), i.claims()),
		"JSON form":            `{"payload":"` + strings.Split(good, ".")[1] + `"}`,
		"a space":              good + " ",
		"a line":               good[:40] + "\n" + good[40:],
		"a line at the end":    good + "\r\n",
		"a bracket behind":     i.sign(i.header(), append(marshal(i.claims()), ']')),
		"padding":              good + "=",
		"another key, our kid": (&issuer{key: generate(), kid: i.kid, now: i.now}).sign(i.header(), i.claims()),
		"dots":                 "..",
		"binary":               "\x00\xff.\x00.\x00",
	} {
		var refused *push.TokenError
		if err := v.Verify(t.Context(), token); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "@") || strings.Contains(err.Error(), ours) {
			t.Errorf("%s: the reason repeats the token: %v", name, err)
		}
	}
	if err := v.Verify(t.Context(), good); err != nil {
		t.Error(err)
	}
}

// A key that is new is found; one that is gone is forgotten within an hour.
func TestKeysRotate(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(t)
	old := i.sign(i.header(), i.claims())
	if err := v.Verify(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	i.mu.Lock()
	i.key, i.kid = generate(), "k2"
	i.mu.Unlock()
	i.pass(time.Minute)
	if err := v.Verify(t.Context(), i.sign(i.header(), i.claims())); err != nil {
		t.Errorf("with the new key: %v", err)
	}
	i.mu.Lock()
	i.key, i.kid = generate(), "k3"
	i.mu.Unlock()
	claims := i.claims()
	claims["exp"] = i.now.Add(3 * time.Hour).Unix()
	i.pass(time.Hour)
	var refused *push.TokenError
	if err := v.Verify(t.Context(), old); !errors.As(err, &refused) {
		t.Errorf("with a key that is gone: %v", err)
	}
}

// A key whose tokens are still valid is not trusted once it is withdrawn.
func TestWithdrawnKey(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(t)
	claims := i.claims()
	claims["exp"] = i.now.Add(24 * time.Hour).Unix()
	token := i.sign(i.header(), claims)
	if err := v.Verify(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	i.mu.Lock()
	i.key, i.kid = generate(), "k2"
	i.mu.Unlock()
	i.pass(59 * time.Minute)
	if err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("within the hour: %v", err)
	}
	i.pass(2 * time.Minute)
	var refused *push.TokenError
	if err := v.Verify(t.Context(), token); !errors.As(err, &refused) {
		t.Errorf("withdrawn an hour ago: %v", err)
	}
}

// Tokens that name unknown keys do not make us fetch without end.
func TestFetchesAreBounded(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(t)
	header := i.header()
	header["kid"] = "unknown"
	forged, good := i.sign(header, i.claims()), i.sign(i.header(), i.claims())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 25 {
				if err := v.Verify(t.Context(), forged); err == nil {
					t.Error("a forged token is taken")
				}
				if err := v.Verify(t.Context(), good); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if i.fetches != 1 {
		t.Errorf("keys were fetched %d times", i.fetches)
	}
	i.pass(10 * time.Second)
	_ = v.Verify(t.Context(), forged)
	_ = v.Verify(t.Context(), forged)
	if i.fetches != 2 {
		t.Errorf("keys were fetched %d times, want 2", i.fetches)
	}
}

// While keys cannot be had nothing is known of a token; keys that we have are used on.
func TestKeysAway(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   []byte
	}{
		"an error":   {503, nil},
		"a redirect": {302, nil},
		"no JSON":    {0, []byte("<html>")},
		"no keys":    {0, []byte(`{"keys":[]}`)},
		"too much":   {0, append((&issuer{kid: "k1", key: newKey()}).keys(), bytes.Repeat([]byte(" "), 300<<10)...)},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			v := i.verifier(t)
			good := func() string { return i.sign(i.header(), i.claims()) }
			breakDown := func(status int, body []byte) { i.mu.Lock(); i.status, i.body = status, body; i.mu.Unlock() }
			breakDown(c.status, c.body)
			var refused *push.TokenError
			if err := v.Verify(t.Context(), good()); err == nil || errors.As(err, &refused) {
				t.Errorf("without keys: %v", err)
			}
			breakDown(0, nil)
			i.pass(10 * time.Second)
			if err := v.Verify(t.Context(), good()); err != nil {
				t.Errorf("when they are back: %v", err)
			}
			breakDown(c.status, c.body)
			i.pass(2 * time.Hour)
			if err := v.Verify(t.Context(), good()); err != nil {
				t.Errorf("with keys of two hours ago: %v", err)
			}
			i.pass(24 * time.Hour)
			if err := v.Verify(t.Context(), good()); err == nil || errors.As(err, &refused) {
				t.Errorf("with keys of yesterday: %v", err)
			}
		})
	}
}

func TestBearer(t *testing.T) {
	for want, values := range map[string][]string{
		"abc": {"Bearer abc"}, "def": {"bearer  def "}, "": {"Basic abc"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
		r.Header["Authorization"] = values
		if got := push.Bearer(r); got != want {
			t.Errorf("%v: %q", values, got)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", io.NopCloser(strings.NewReader("")))
	if push.Bearer(r) != "" {
		t.Error("a token out of nothing")
	}
	r.Header["Authorization"] = []string{"Bearer a", "Bearer b"}
	if push.Bearer(r) != "" {
		t.Error("one of two tokens was taken")
	}
}

func TestNewVerifierNamesTheSetting(t *testing.T) {
	for words, trust := range map[string]push.Trust{
		"audience":     {ServiceAccount: account},
		"e-mail":       {Audience: ours, ServiceAccount: "push"},
		"https URL":    {Audience: ours, ServiceAccount: account, JWKSURL: "http://keys.example/"},
		"not from \"f": {Audience: ours, ServiceAccount: account, JWKSURL: "file:///etc/keys"},
	} {
		if _, err := push.NewVerifier(trust); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", words, err)
		}
	}
	if _, err := push.NewVerifier(push.Trust{Audience: ours, ServiceAccount: account}); err != nil {
		t.Error(err)
	}
}
