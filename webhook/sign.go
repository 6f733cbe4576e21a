package webhook

import (
	"strings"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

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
