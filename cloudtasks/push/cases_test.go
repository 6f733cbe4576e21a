package push_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/cloudtasks/push"
)

// oidcCase is one of the list: what is done to a good token, and what that is answered.
type oidcCase struct {
	Name   string
	Mut    map[string]json.RawMessage
	Expect int
}

// WRK-01 to WRK-05: every case of the list is refused for what it is.
func TestOIDCCases(t *testing.T) {
	cases := readCases(t)
	if len(cases) != 32 {
		t.Fatalf("%d cases, want 32", len(cases))
	}
	i := newIssuer(t)
	v := i.verifier(t)
	// Why each is refused: a case that is refused for another fault proves nothing.
	reasons := map[string]string{
		"no token": "there is none", "alg none": "not signed with RS256", "HS256 signed with RSA public key": "not signed with RS256",
		"wrong aud": "another audience", "aud array incl ours + other": "another audience", "aud missing": "another audience", "aud prefix": "another audience", "aud case": "another audience",
		"iss wrong": "another issuer", "iss http": "another issuer",
		"email other SA": "another account", "email missing": "another account", "user token, not SA": "another account",
		"email_verified false": "not verified", `email_verified "true" string`: "not verified",
		"expired 1s past skew": "has expired", "iat future": "not valid yet", "nbf future": "not valid yet", "exp missing": "has expired", "exp float 1e400": "claims are malformed",
		"kid unknown": "signature is none", "kid path traversal": "signature is none",
		"jku header": "more than alg, kid and typ", "x5u header": "more than alg, kid and typ", "embedded jwk": "more than alg, kid and typ", "crit unknown": "more than alg, kid and typ",
		"dup claims aud": "stands twice", "sig stripped": "its signature is not", "sig of other payload": "signature is none",
		"5 parts JWE": "three parts", "1 MiB token": "more than 8192 bytes", "access token, not id token": "of another type",
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			reason, known := reasons[c.Name]
			if !known {
				t.Fatal("this test does not know the case")
			}
			err := v.Verify(t.Context(), i.mutated(t, c))
			var refused *push.TokenError
			if !errors.As(err, &refused) || c.Expect != http.StatusUnauthorized || !strings.Contains(refused.Reason, reason) {
				t.Errorf("%v, want a refusal with %q", err, reason)
			}
		})
	}
	// The same verifier still takes a good one.
	if err := v.Verify(t.Context(), i.sign(i.header(), i.claims())); err != nil {
		t.Error(err)
	}
}

func readCases(t *testing.T) []oidcCase {
	t.Helper()
	dir := os.Getenv("ENRICHD_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	raw, err := os.ReadFile(filepath.Join(dir, "badinput/http/oidc-cases.json"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("no cases in %s: set ENRICHD_DATA to the data folder", dir)
	}
	var cases []oidcCase
	if err == nil {
		err = json.Unmarshal(raw, &cases)
	}
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// mutated is a good token with a case's fault: the fault is all that is wrong with it.
func (i *issuer) mutated(t *testing.T, c oidcCase) string {
	t.Helper()
	header, claims := i.header(), i.claims()
	if len(c.Mut) == 0 {
		return ""
	}
	for name, raw := range c.Mut {
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			t.Fatal(err)
		}
		switch name {
		case "alg":
			return i.otherAlgorithm(value.(string))
		case "kid", "jku", "x5u", "crit", "typ":
			header[name] = value
		case "jwk":
			return i.embedded()
		case "aud":
			claims[name] = audience(value)
		case "iss", "email", "email_verified", "iat", "nbf", "exp":
			claims[name] = i.claim(name, value)
		case "dup":
			return i.sign(header, bytes.Replace(marshal(claims), []byte(`"aud":`), []byte(`"aud":"other","aud":`), 1))
		case "sig":
			return i.otherSignature(value.(string))
		case "parts":
			return i.sign(header, claims) + strings.Repeat(".e30", int(value.(float64))-3)
		case "pad":
			claims["pad"] = strings.Repeat("x", int(value.(float64)))
		default:
			t.Fatalf("this test does not know how to change %s", name)
		}
	}
	for name, value := range claims {
		if value == nil {
			delete(claims, name)
		}
	}
	if raw, ok := claims["exp"].([]byte); ok {
		claims["exp"] = json.Number("0")
		return i.sign(header, bytes.Replace(marshal(claims), []byte(`"exp":0`), append([]byte(`"exp":`), raw...), 1))
	}
	return i.sign(header, claims)
}

// claim is a case's value of a claim: times are relative, 1e400 is a number.
func (i *issuer) claim(name string, value any) any {
	if seconds, ok := value.(float64); ok {
		return i.now.Unix() + int64(seconds)
	}
	if s, ok := value.(string); ok && name == "exp" {
		return []byte(s)
	}
	return value
}

// audience puts our word in the place of the list's, in its case and with its tail.
func audience(value any) any {
	switch a := value.(type) {
	case string:
		if a == strings.ToUpper(a) {
			return strings.ToUpper(ours)
		}
		return strings.Replace(a, "ours", ours, 1)
	case []any:
		return []any{ours, "other"}
	}
	return value
}

// otherAlgorithm is a token without a signature, or with one whose secret is the
// public key, as all know it.
func (i *issuer) otherAlgorithm(alg string) string {
	header := i.header()
	header["alg"] = alg
	signed := b64(marshal(header)) + "." + b64(marshal(i.claims()))
	if alg == "none" {
		return signed + "."
	}
	der, err := x509.MarshalPKIXPublicKey(&i.key.PublicKey)
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(signed))
	return signed + "." + b64(mac.Sum(nil))
}

// embedded is signed by an attacker, who brings his key along.
func (i *issuer) embedded() string {
	attacker := &issuer{key: generate(), kid: i.kid, now: i.now}
	header := attacker.header()
	header["jwk"] = map[string]any{"kty": "RSA", "alg": "RS256", "n": b64(attacker.key.N.Bytes()), "e": "AQAB"}
	return attacker.sign(header, i.claims())
}

// otherSignature takes the signature away, or takes that of another token.
func (i *issuer) otherSignature(how string) string {
	token := i.sign(i.header(), i.claims())
	head := token[:strings.LastIndex(token, ".")+1]
	if how != "swap" {
		return head
	}
	claims := i.claims()
	claims["email"] = "x@other.iam.gserviceaccount.com"
	other := i.sign(i.header(), claims)
	return head + other[strings.LastIndex(other, ".")+1:]
}
