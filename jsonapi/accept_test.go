package jsonapi

import (
	"net/http"
	"strings"
	"testing"
)

func TestAcceptStatements(t *testing.T) {
	const jt, atomic = MediaType, `;ext="https://jsonapi.org/ext/atomic"`
	for _, c := range []struct {
		name, accept string
		ok           bool
	}{
		{"CN-01 the media type", jt, true},
		{"CN-02 empty counts as none", " , ", true},
		{"CN-03", "*/*", true},
		{"CN-04", jt + "; charset=utf-8", false},
		{"CN-04 also beside */*: an instance of ours must count", jt + "; charset=utf-8, */*", false},
		{"CN-05", jt + "; charset=utf-8, " + jt, true},
		{"CN-06", jt + ";q=0.5", true},
		{"CN-06 weight 0 means no", jt + ";q=0", false},
		{"CN-06 weight 0 wins over */*", jt + ";q=0.000, */*", false},
		{"CN-06 weight that is none", jt + ";q=much", false},
		{"CN-07", jt + `;profile="https://example.com/unknown"`, true},
		{"CN-08", jt + `;ext="https://example.com/unknown"`, false},
		{"CN-09", jt + `;ext="https://example.com/unknown", ` + jt, true},
		{"CN-09 comma and escape inside quotes", jt + `;ext="https://example.com/a\",b", ` + jt, true},
		{"CN-10", jt + `;ext="https://jsonapi.org/ext/atomic https://example.com/unknown"`, false},
		{"CN-11", jt + atomic, false},
		{"CN-18", "Application/VND.api+JSON", true},
		{"CN-18 names of parameters too", jt + `;PROFILE="https://example.com/x";Q=1`, true},
		{"CN-23", "application/json", true},
		{"CN-23 as axios sends it", "application/json, text/plain, */*", true},
		{"CN-24", "text/html", false},
		{"CN-24 a browser", "text/html,application/xhtml+xml,*/*;q=0.8", true},
		{"CN-26", jt + `;profile="` + CursorProfile + `"`, true},
		{"garbage", `;;;"`, false},
	} {
		fault := CheckAccept(http.Header{"Accept": {c.accept}})
		if (fault == nil) != c.ok {
			t.Errorf("%s: %v", c.name, fault)
		}
		if fault != nil && (fault.Status() != 406 || fault.Code != "NOT_ACCEPTABLE" || fault.Header != "Accept") {
			t.Errorf("%s: %d %v in %q", c.name, fault.Status(), fault, fault.Header)
		}
	}
	if fault := CheckAccept(http.Header{"Accept": {"text/html", jt}}); fault != nil {
		t.Errorf("two headers are one list: %v", fault)
	}
}

func TestContentTypeStatements(t *testing.T) {
	for _, c := range []struct {
		name, value string
		ok          bool
	}{
		{"the media type", MediaType, true},
		{"CN-12", MediaType + "; charset=utf-8", false},
		{"CN-13", MediaType + `;ext="https://example.com/unknown"`, false},
		{"CN-14", MediaType + `;profile="https://example.com/unknown"`, true},
		{"CN-15", "application/json", false},
		{"CN-16", "text/plain", false},
		{"CN-17", "", false},
		{"CN-18", "Application/VND.api+json", true},
	} {
		h := http.Header{}
		if c.value != "" {
			h.Set("Content-Type", c.value)
		}
		fault := CheckContentType(h)
		if (fault == nil) != c.ok {
			t.Errorf("%s: %v", c.name, fault)
		}
		if fault != nil && (fault.Status() != 415 || fault.Header != "Content-Type" || !strings.Contains(fault.Detail, "Content-Type: "+MediaType)) {
			t.Errorf("%s: %d %v in %q", c.name, fault.Status(), fault, fault.Header)
		}
	}
	if CheckContentType(http.Header{"Content-Type": {MediaType, MediaType}}) == nil {
		t.Error("two headers were taken")
	}
	if CheckContentType(http.Header{"Content-Type": {MediaType}, "Content-Encoding": {"gzip"}}) == nil {
		t.Error("a compressed body was taken")
	}
}
