package jsonapi

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// An entity tag has two parts: the version of the resource and a digest of the
// body. A cache compares the whole of it (what is included may change while the
// resource stands still); a precondition compares the version alone.

// entityTag makes the tag of a body. The version is empty for what nobody changes.
func entityTag(version string, body []byte) string {
	return `"` + digest([]byte(version)) + "." + digest(body) + `"`
}

func digest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// CheckMatch refuses a change of a resource that is no longer of a version that
// If-Match names. Weak tags never match.
func CheckMatch(h http.Header, version string) *Error {
	tags := tagsOf(h, "If-Match")
	if tags == nil {
		return nil
	}
	for _, tag := range tags {
		if tag == "*" || strings.HasPrefix(tag, `"`+digest([]byte(version))+".") {
			return nil
		}
	}
	return Fault("PRECONDITION_FAILED", "The resource is no longer of the version that If-Match names.").InHeader("If-Match")
}

// unchanged says whether the caller has this body already.
func unchanged(r *http.Request, tag string) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	for _, known := range tagsOf(r.Header, "If-None-Match") {
		if known == "*" || strings.TrimPrefix(known, "W/") == tag {
			return true
		}
	}
	return false
}

// tagsOf are the tags of a header; nil where it is not sent.
func tagsOf(h http.Header, name string) []string {
	if len(h.Values(name)) == 0 {
		return nil
	}
	return splitList(strings.Join(h.Values(name), ","))
}
