package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"math/big"
	"net/http"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
)

// A key reads enrichd_live_<8 characters: its public id>_<43 random characters
// and 6 of a checksum>. The random part has 256 bits; the checksum (CRC-32, as
// in the tokens of code forges) lets a scanner tell a leaked key from noise
// without asking us.
const (
	keyPrefix    = "enrichd_live_"
	keyIDLength  = 8
	secretLength = 43
	sumLength    = 6
	base62       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// NewKey makes a key. The token is shown once; the store gets its hash.
func NewKey(workspaceID, name, holder string, scopes []string) (token string, key postgres.Key, hash []byte) {
	id, secret := random62(keyIDLength), random62(secretLength)
	token = keyPrefix + id + "_" + secret + checksum62(id+secret)
	key = postgres.Key{ID: id, WorkspaceID: workspaceID, Name: name, Holder: holder, Scopes: scopes}
	return token, key, hashKey(token)
}

// FindKey reads the key behind a token.
func FindKey(ctx context.Context, store *postgres.DB, token string) (postgres.Key, error) {
	id, ok := parseKey(token)
	if !ok {
		return postgres.Key{}, enrich.Errorf("UNAUTHORIZED", "This is not an API key of this service.")
	}
	return store.FindKey(ctx, id, hashKey(token))
}

// parseKey checks the form of a token and returns its public id.
func parseKey(token string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(token, keyPrefix)
	id, secret, cut := strings.Cut(rest, "_")
	if !ok || !cut || len(id) != keyIDLength || len(secret) != secretLength+sumLength {
		return "", false
	}
	return id, checksum62(id+secret[:secretLength]) == secret[secretLength:]
}

func hashKey(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func random62(n int) string {
	out := make([]byte, n)
	for i := range out {
		d, err := rand.Int(rand.Reader, big.NewInt(int64(len(base62))))
		if err != nil {
			panic(fmt.Sprintf("no randomness: %v", err)) // the machine cannot make keys at all
		}
		out[i] = base62[d.Int64()]
	}
	return string(out)
}

func checksum62(s string) string {
	n := crc32.ChecksumIEEE([]byte(s))
	out := make([]byte, sumLength)
	for i := sumLength - 1; i >= 0; i-- {
		out[i] = base62[n%62]
		n /= 62
	}
	return string(out)
}

// authenticate finds the caller's key.
func (s *server) authenticate(w http.ResponseWriter, r *http.Request) (postgres.Key, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	refused := jsonapi.Fault("UNAUTHORIZED", "Send an API key: Authorization: Bearer enrichd_live_…").InHeader("Authorization")
	if !ok {
		w.Header().Set("WWW-Authenticate", "Bearer")
		return postgres.Key{}, refused
	}
	key, err := FindKey(r.Context(), s.store, strings.TrimSpace(token))
	if enrich.CodeOf(err) == "UNAUTHORIZED" {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		refused.Detail = "This API key is not known, was revoked, or has expired."
		return postgres.Key{}, refused
	}
	return key, err
}
