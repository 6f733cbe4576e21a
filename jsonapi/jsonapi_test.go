package jsonapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAccept(t *testing.T) {
	for name, c := range map[string]struct {
		accept []string
		ok     bool
	}{
		"CN-02 none":               {nil, true},
		"CN-03 anything":           {[]string{"*/*"}, true},
		"CN-04 charset":            {[]string{MediaType + "; charset=utf-8"}, false},
		"CN-05 charset and plain":  {[]string{MediaType + "; charset=utf-8, " + MediaType}, true},
		"CN-06 weight":             {[]string{MediaType + ";q=0.5"}, true},
		"CN-07 profile":            {[]string{MediaType + `;profile="https://example.com/unknown"`}, true},
		"CN-08 ext":                {[]string{MediaType + `;ext="https://example.com/unknown"`}, false},
		"CN-09 ext and plain":      {[]string{MediaType + `;ext="https://example.com/a,b"`, MediaType}, true},
		"CN-18 capitals":           {[]string{"Application/VND.api+json"}, true},
		"CN-23 JSON":               {[]string{"application/json, text/plain, */*"}, true},
		"CN-24 HTML":               {[]string{"text/html"}, false},
		"weight 0 is not accepted": {[]string{MediaType + ";q=0.0"}, false},
	} {
		if fault := CheckAccept(http.Header{"Accept": c.accept}); (fault == nil) != c.ok || fault != nil && (fault.Status() != 406 || fault.Header != "Accept") {
			t.Errorf("%s: %v", name, fault)
		}
	}
}

func TestContentType(t *testing.T) {
	for value, ok := range map[string]bool{
		MediaType: true, MediaType + `;profile="https://example.com/x"`: true, "APPLICATION/vnd.api+json": true,
		MediaType + "; charset=utf-8": false, MediaType + `;ext="https://example.com/x"`: false, "application/json": false, "text/plain": false, "": false,
	} {
		h := http.Header{}
		if value != "" {
			h.Set("Content-Type", value)
		}
		if fault := CheckContentType(h); (fault == nil) != ok || fault != nil && fault.Status() != 415 {
			t.Errorf("%q: %v", value, fault)
		}
	}
}

func TestScan(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1}`: "", `{"a":"\ud83d\ude00"}`: "", `{"a":"\\ud800"}`: "", `{"a":"�"}`: "", `[1,2`: "INVALID_JSON", `{} {}`: "INVALID_JSON",
		`{"a":1,"a":2}`: "INVALID_JSON", `{"a":{"b":1,"\u0062":2}}`: "INVALID_JSON", `{"a":"\u0000"}`: "INVALID_VALUE", `{"\u0000":1}`: "INVALID_VALUE",
		`{"a":"\ud800"}`: "INVALID_VALUE", `{"a":"\ude00\ud83d"}`: "INVALID_VALUE", `{"a":"x\"\udfff"}`: "INVALID_VALUE", "{\"a\":\"\xff\"}": "INVALID_JSON",
		`[1e309]`: "INVALID_VALUE", `[1e-400]`: "INVALID_VALUE", `[1e308]`: "", `[` + strings.Repeat("1", 2000) + `]`: "INVALID_VALUE",
		strings.Repeat("[", 33) + strings.Repeat("]", 33): "SCHEMA_VALIDATION_ERROR", strings.Repeat("[", 32) + strings.Repeat("]", 32): "",
		"[" + strings.Repeat("0,", 30_000) + "0]": "SCHEMA_VALIDATION_ERROR", "": "INVALID_JSON", "nul": "INVALID_JSON",
	} {
		got := ""
		if fault := scan([]byte(text)); fault != nil {
			got = fault.Code
		}
		if got != want {
			t.Errorf("%.60q: %q, want %q", text, got, want)
		}
	}
}

func TestCursorsAreBound(t *testing.T) {
	c := Cursors{Key: []byte("secret")}
	cursor := c.Encode("list 1", "2026-01-01T00:00:00.000001Z", "id")
	if at, fault := c.Decode("page[after]", "list 1", cursor, 2); fault != nil || at[1] != "id" {
		t.Fatalf("%v %v", at, fault)
	}
	damaged := "A" + cursor[1:]
	if damaged == cursor {
		damaged = "B" + cursor[1:]
	}
	for name, fault := range map[string]*Error{
		"another list": second(c.Decode("page[after]", "list 2", cursor, 2)), "another key": second(Cursors{Key: []byte("other")}.Decode("page[after]", "list 1", cursor, 2)),
		"damaged": second(c.Decode("page[after]", "list 1", damaged, 2)), "empty": second(c.Decode("page[after]", "list 1", "", 2)),
	} {
		if fault == nil || fault.Code != "INVALID_CURSOR" {
			t.Errorf("%s: %v", name, fault)
		}
	}
}

func second(_ []string, fault *Error) *Error { return fault }

func TestDocumentsAsWritten(t *testing.T) {
	doc := Document{
		Data: Resource{
			Type: "thing", ID: "1", Attributes: []Attribute{{"b", json.RawMessage(`12345678901234567890`)}, {"a", "<é>"}},
			Relationships: []Relationship{{Name: "owner", Linked: true, Data: (*Identifier)(nil)}, {Name: "parts", Links: map[string]any{"related": "/x"}}},
		},
		Links: map[string]any{"self": "/things/1"}, Profiles: []string{CursorProfile},
	}
	w := httptest.NewRecorder()
	if err := Write(w, httptest.NewRequest("GET", "/", nil), 200, &doc); err != nil {
		t.Fatal(err)
	}
	want := `{"jsonapi":{"profile":["` + CursorProfile + `"],"version":"1.1"},"links":{"self":"/things/1"},"data":{"type":"thing","id":"1",` +
		`"attributes":{"b":12345678901234567890,"a":"<é>"},"relationships":{"owner":{"data":null},"parts":{"links":{"related":"/x"}}}}}`
	if got := w.Body.String(); got != want {
		t.Errorf("wrote\n%s\nwant\n%s", got, want)
	}
	w = httptest.NewRecorder()
	_ = Write(w, httptest.NewRequest("DELETE", "/", nil), 204, nil)
	if w.Body.Len() != 0 || w.Header().Get("Content-Type") != "" {
		t.Errorf("a 204 carries %q %v", w.Body.String(), w.Header())
	}
	w = httptest.NewRecorder()
	WriteErrors(w, httptest.NewRequest("HEAD", "/", nil), "trace", Fault("REQUIRED", "x"), Fault("ATTRIBUTE_READ_ONLY", "y"))
	if w.Code != 400 || w.Body.Len() != 0 {
		t.Errorf("mixed errors to a HEAD: %d %q", w.Code, w.Body.String())
	}
}

// Whatever the scan lets through, the decoder and PostgreSQL can hold: no NUL,
// no half surrogate, no member twice, and it marshals again.
func FuzzScan(f *testing.F) {
	for _, s := range []string{`{"data":{"type":"x"}}`, `"\ud800"`, `{"a":"\u0000"}`, `[1e999]`, `{"a":1,"a":2}`, "\"\xff\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if scan(raw) != nil {
			return
		}
		var v any
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("scan passed what cannot be decoded: %v", err)
		}
		if out, err := json.Marshal(v); err != nil || bytes.Contains(out, []byte(`\u0000`)) {
			t.Fatalf("%s %v", out, err)
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{"page[size]=5", "filter[status]=a,b&sort=-created_at", "fields[x]=", "%zz", "page[size]=99999999999999999999", "a[b[c]=1"} {
		f.Add(s)
	}
	allowed := Allowed{List: true, Sorts: []string{"created_at"}, Filters: []string{"status"}, Fields: map[string][]string{"x": {"a"}}, Include: []string{"a"}}
	f.Fuzz(func(t *testing.T, raw string) {
		if q, fault := ParseQuery(raw, allowed); fault == nil && (q.Size < 1 || q.Size > MaxPageSize) {
			t.Fatalf("page size %d", q.Size)
		}
	})
}
