package fake

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// CertsPath is where the service publishes the keys of its tokens.
const CertsPath = "/oauth2/v3/certs"

const (
	tokenLife = time.Hour        // of Google's tokens
	tokenUse  = 30 * time.Minute // a token is used again for so long: signing is slow
)

// signer makes tokens of the service account.
type signer struct {
	issuer string

	mu   sync.Mutex
	keys []jose.JSONWebKey // the last one signs
	made map[[2]string]made
}

// made is a token that can be used again.
type made struct {
	token string
	at    time.Time
}

func newSigner(issuer string) (*signer, error) {
	s := &signer{issuer: issuer, made: map[[2]string]made{}}
	return s, s.rotate()
}

// rotate adds a key that signs from now on. The one before stays published, older
// ones do not.
func (s *signer) rotate() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = append(slices.Clone(s.keys[max(0, len(s.keys)-1):]), jose.JSONWebKey{Key: key, KeyID: "key-" + rand.Text(), Algorithm: string(jose.RS256), Use: "sig"})
	clear(s.made)
	return nil
}

// claims are those of a true token of Google's.
func (s *signer) claims(account, audience string, now time.Time) map[string]any {
	return map[string]any{
		"iss": s.issuer, "aud": audience, "sub": "109876543210987654321", "azp": "109876543210987654321",
		"email": account, "email_verified": true, "iat": now.Unix(), "exp": now.Add(tokenLife).Unix(),
	}
}

// token is one for an account and an audience.
func (s *signer) token(account, audience string, now time.Time) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	whose := [2]string{account, audience}
	if m, ok := s.made[whose]; ok && now.Sub(m.at) < tokenUse {
		return m.token, nil
	}
	token, err := sign(s.keys[len(s.keys)-1], s.claims(account, audience, now))
	if err == nil {
		s.made[whose] = made{token, now}
	}
	return token, err
}

func sign(key jose.JSONWebKey, claims any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}

// ServeHTTP answers the published keys.
func (s *signer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var set jose.JSONWebKeySet
	for _, key := range s.keys {
		set.Keys = append(set.Keys, key.Public())
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Cache-Control", "public, max-age=20000, must-revalidate, no-transform")
	_ = json.NewEncoder(w).Encode(set) // whoever asked has gone
}

// Token signs a token as a push of the account for the audience carries one, after
// change has made of its claims what a test wants; nil changes nothing.
func (s *Service) Token(account, audience string, change func(claims map[string]any)) (string, error) {
	s.signer.mu.Lock()
	defer s.signer.mu.Unlock()
	claims := s.signer.claims(account, audience, s.clock.Now())
	if change != nil {
		change(claims)
	}
	token, err := sign(s.signer.keys[len(s.signer.keys)-1], claims)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return token, nil
}

// RotateKey has the service sign with a new key. The one before stays published.
func (s *Service) RotateKey() error { return s.signer.rotate() }
