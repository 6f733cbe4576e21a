package postgres

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"strings"
)

// SealKeyBytes is how long the key is that secrets are sealed with.
const SealKeyBytes = 32

// sealed marks a secret that is sealed. Others stand as they were written, before
// there was a key.
const sealed = "sealed:1:"

// errSealKey refuses a key of another length.
var errSealKey = errors.New("the key that secrets are sealed with has 32 bytes")

// seal keeps secrets from who reads the database alone, a backup of it for one:
// AES-256-GCM with a key that is not in the database. A nil one keeps them in clear.
type seal struct{ cipher.AEAD }

func newSeal(key []byte) (*seal, error) {
	if len(key) == 0 {
		return nil, nil
	}
	if len(key) != SealKeyBytes {
		return nil, errSealKey
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	return &seal{gcm}, err
}

// close seals a secret for a workspace: moved to another one it does not open.
func (s *seal) close(workspaceID, secret string) string {
	if s == nil {
		return secret
	}
	return sealed + base64.StdEncoding.EncodeToString(s.Seal(nil, nil, []byte(secret), []byte(workspaceID)))
}

// open gives the secret back. What does not open, for want of the key, stays as it
// is: whoever would sign with it finds that it is no secret.
func (s *seal) open(workspaceID, stored string) string {
	text, isSealed := strings.CutPrefix(stored, sealed)
	if s == nil || !isSealed {
		return stored
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return stored
	}
	secret, err := s.Open(nil, nil, raw, []byte(workspaceID))
	if err != nil {
		return stored
	}
	return string(secret)
}
