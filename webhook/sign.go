package webhook

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// NewSecret makes the secret of an endpoint: 32 random bytes, written as the
// Standard Webhooks specification does, "whsec_" and base64.
func NewSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(key)
}

// Sign is the value of webhook-signature: for each secret the HMAC-SHA256 of
// "id.timestamp.body", as Standard Webhooks (v1) defines it. Receivers accept a
// message if any of the signatures is theirs.
func Sign(secrets []string, id string, at time.Time, body []byte) (string, error) {
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		hook, err := standard.NewWebhook(secret)
		if err != nil {
			return "", err
		}
		if signatures[i], err = hook.Sign(id, at, body); err != nil {
			return "", err
		}
	}
	return strings.Join(signatures, " "), nil
}
