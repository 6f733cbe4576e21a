package jsonapi

import (
	"encoding/json"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func written(t *testing.T, method string, status int, d *Document) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	if err := Write(w, httptest.NewRequest(method, "/things", nil), status, d); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestHeadersOfResponses(t *testing.T) {
	one := &Document{Data: Resource{Type: "thing", ID: "1"}}
	list := &Document{Data: []Resource(nil), Profiles: []string{CursorProfile}}
	for _, c := range []struct {
		name, method string
		status       int
		doc          *Document
		contentType  string
		body         string
	}{
		{"CN-21 a single resource", "GET", 200, one, MediaType, `{"jsonapi":{"version":"1.1"},"data":{"type":"thing","id":"1"}}`},
		{
			"CN-21, CN-22, LST-02 a list", "GET", 200, list, MediaType + `;profile="` + CursorProfile + `"`,
			`{"jsonapi":{"profile":["` + CursorProfile + `"],"version":"1.1"},"data":[]}`,
		},
		{"LST-06 HEAD", "HEAD", 200, one, MediaType, ""},
		{"CN-27", "DELETE", 204, nil, "", ""},
		{"GET-07", "GET", 304, nil, "", ""},
	} {
		w := written(t, c.method, c.status, c.doc)
		if got := w.Header().Get("Content-Type"); got != c.contentType || w.Code != c.status || w.Body.String() != c.body {
			t.Errorf("%s: %d %q %s", c.name, w.Code, got, w.Body)
		}
		if w.Header().Get("Vary") != "Accept" || w.Header().Get("Cache-Control") != "private, no-cache" {
			t.Errorf("CN-20, GET-08 %s: %v", c.name, w.Header())
		}
	}
	if get, head := written(t, "GET", 200, one).Header(), written(t, "HEAD", 200, one).Header(); get.Get("Content-Length") != head.Get("Content-Length") {
		t.Error("LST-06: HEAD has another length than GET")
	}
}

func TestVaryStandsOnce(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("Vary", "Accept-Encoding, accept")
	w.Header().Set("Cache-Control", "no-store")
	WriteErrors(w, httptest.NewRequest("GET", "/", nil), "t", Fault("NOT_FOUND", "x"))
	if v := w.Header().Values("Vary"); len(v) != 1 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%v", w.Header())
	}
}

func TestValuesPassAsTheyAre(t *testing.T) {
	raw := `{"n":12345678901234567890,"e":1e-7,"z":-0,"f":1.10,"deep":[null,{"a":null}],"t":"é😀<&>","o":{},"l":[]}`
	w := written(t, "GET", 200, &Document{Data: Resource{Type: "thing", ID: "1", Attributes: []Attribute{{"input", json.RawMessage(raw)}, {"a", "<b>&"}}}})
	if body := w.Body.String(); !strings.Contains(body, `"input":`+raw+`,"a":"<b>&"`) {
		t.Errorf("DOC-20: %s", body)
	}
}

func TestIncludedStandsOnlyWhenAskedFor(t *testing.T) {
	thing := Resource{Type: "thing", ID: "1"}
	if body := written(t, "GET", 200, &Document{Data: thing}).Body.String(); strings.Contains(body, "included") {
		t.Errorf("INC-10: %s", body)
	}
	if body := written(t, "GET", 200, &Document{Data: thing, Include: true}).Body.String(); !strings.Contains(body, `"included":[]`) {
		t.Errorf("INC-02, INC-03: %s", body)
	}
	if body := written(t, "GET", 200, &Document{}).Body.String(); !strings.Contains(body, `"data":null`) {
		t.Errorf("REL-05: %s", body)
	}
}

// DOC-11 and DOC-21: a resource that the standard forbids is a mistake of ours,
// and nothing of it is sent.
func TestForbiddenResources(t *testing.T) {
	for name, r := range map[string]Resource{
		"no id":                 {Type: "thing"},
		"attribute id":          {Type: "thing", ID: "1", Attributes: []Attribute{{"id", 1}}},
		"relationship type":     {Type: "thing", ID: "1", Relationships: []Relationship{{Name: "type", Linked: true}}},
		"one name for two":      {Type: "thing", ID: "1", Attributes: []Attribute{{"a", 1}}, Relationships: []Relationship{{Name: "a", Linked: true}}},
		"an empty relationship": {Type: "thing", ID: "1", Relationships: []Relationship{{Name: "a"}}},
		"a broken raw value":    {Type: "thing", ID: "1", Attributes: []Attribute{{"a", json.RawMessage(`{`)}}},
	} {
		w := httptest.NewRecorder()
		if err := Write(w, httptest.NewRequest("GET", "/", nil), 200, &Document{Data: r}); err == nil || w.Body.Len() > 0 || len(w.Header()) > 0 {
			t.Errorf("%s: %v %s", name, err, w.Body)
		}
	}
	if Write(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), 200, nil) == nil {
		t.Error("no document was written")
	}
}

func TestRelationshipsAsWritten(t *testing.T) {
	r := Resource{Type: "thing", ID: "1", Relationships: []Relationship{
		{Name: "owner", Linked: true, Data: &Identifier{"person", "2"}, Links: map[string]any{"self": "/s", "related": "/r"}},
		{Name: "parent", Linked: true, Data: (*Identifier)(nil)},
		{Name: "parts", Linked: true, Data: []Identifier(nil), Meta: map[string]any{"count": 0}},
	}}
	raw, err := marshal(r)
	want := `{"type":"thing","id":"1","relationships":{"owner":{"links":{"related":"/r","self":"/s"},"data":{"type":"person","id":"2"}},` +
		`"parent":{"data":null},"parts":{"data":[],"meta":{"count":0}}}}`
	if err != nil || string(raw) != want {
		t.Errorf("%v\n%s\n%s", err, raw, want)
	}
}

type errorDoc struct {
	JSONAPI map[string]any `json:"jsonapi"`
	Data    any            `json:"data"`
	Errors  []struct {
		ID, Status, Code, Title, Detail string
		Source                          map[string]string
		Links                           map[string]any
		Meta                            map[string]any
	}
	Meta map[string]any
}

func errorsWritten(t *testing.T, errs ...*Error) (int, errorDoc, int) {
	t.Helper()
	w := httptest.NewRecorder()
	WriteErrors(w, httptest.NewRequest("GET", "/", nil), "trace-1", errs...)
	var doc errorDoc
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if w.Header().Get("Content-Type") != MediaType || w.Header().Get("Vary") != "Accept" {
		t.Errorf("CN-19, CN-20: %v", w.Header())
	}
	return w.Code, doc, w.Body.Len()
}

func TestErrorObjects(t *testing.T) {
	status, doc, _ := errorsWritten(t, valueFault("REQUIRED", "/data/attributes/a~1b", "a is required."),
		Fault("MAX_PAGE_SIZE_EXCEEDED", "x").In("page[size]").OfKind("https://example.com/k"), Fault("UNAUTHORIZED", "x").InHeader("Authorization"))
	if status != 400 || len(doc.Errors) != 3 || doc.Data != nil || doc.JSONAPI["version"] != "1.1" {
		t.Fatalf("ERR-01, ERR-10: %d %+v", status, doc)
	}
	value, size, header := doc.Errors[0], doc.Errors[1], doc.Errors[2]
	if value.Status != "422" || size.Status != "400" || header.Status != "401" {
		t.Errorf("ERR-10: each keeps its own status: %+v", doc.Errors)
	}
	if value.Source["pointer"] != "/data/attributes/a~1b" || size.Source["parameter"] != "page[size]" || header.Source["header"] != "Authorization" {
		t.Errorf("ERR-07, ERR-08: %+v", doc.Errors)
	}
	if value.Meta["attribute"] != "a/b" || value.Meta["message"] != "a is required." || value.Meta["trace_id"] != "trace-1" {
		t.Errorf("ERR-11, ERR-12: %v", value.Meta)
	}
	if size.Links["type"] != "https://example.com/k" {
		t.Errorf("ERR-06: %v", size.Links)
	}
	if value.ID == "" || value.ID == size.ID || value.Title == "" || value.Detail == "" {
		t.Errorf("ERR-03: %+v", value)
	}
}

func TestStatusOfSeveralErrors(t *testing.T) {
	for _, c := range []struct {
		codes []string
		want  int
	}{
		{[]string{"REQUIRED"}, 422},
		{[]string{"REQUIRED", "TOO_LONG", "INVALID_ENUM"}, 422},
		{[]string{"REQUIRED", "ATTRIBUTE_READ_ONLY"}, 400},
		{[]string{"REQUIRED", "ATTRIBUTE_READ_ONLY", "REQUIRED"}, 400},
		{[]string{"REQUIRED", "INTERNAL_ERROR", "REQUIRED"}, 500},
		{nil, 500},
	} {
		var errs []*Error
		for _, code := range c.codes {
			errs = append(errs, Fault(code, "x"))
		}
		if status, _, _ := errorsWritten(t, errs...); status != c.want {
			t.Errorf("ERR-02, ERR-09, ERR-10 %v: %d, want %d", c.codes, status, c.want)
		}
	}
}

func TestCodesAreAClosedList(t *testing.T) {
	name, list := regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`), Codes()
	for _, c := range list {
		if !name.MatchString(c.Name) || c.Status < 400 || c.Status > 599 || c.Title == "" {
			t.Errorf("ERR-04, ERR-05: %+v", c)
		}
	}
	published := `INVALID_JSON SCHEMA_VALIDATION_ERROR INVALID_QUERY_PARAMETER INVALID_CURSOR UNSUPPORTED_SORT MAX_PAGE_SIZE_EXCEEDED
		RANGE_PAGINATION_NOT_SUPPORTED IDEMPOTENCY_KEY_INVALID UNAUTHORIZED FORBIDDEN INSUFFICIENT_SCOPE ATTRIBUTE_READ_ONLY RELATIONSHIP_READ_ONLY
		CLIENT_GENERATED_ID_UNSUPPORTED ENRICHMENT_TASK_NOT_FOUND RELATED_RESOURCE_NOT_FOUND NOT_FOUND METHOD_NOT_ALLOWED NOT_ACCEPTABLE
		RESOURCE_TYPE_MISMATCH RESOURCE_ID_MISMATCH MONTHLY_CLOSE_ALREADY_ACTIVE TASK_NOT_PENDING TASK_NOT_AWAITING_APPROVAL DECISION_ALREADY_MADE
		OUTPUT_CHANGED IDEMPOTENCY_IN_PROGRESS PRECONDITION_FAILED PAYLOAD_TOO_LARGE UNSUPPORTED_MEDIA_TYPE REQUIRED INVALID_TYPE INVALID_ENUM TOO_LONG
		INVALID_VALUE UNKNOWN_ATTRIBUTE PARENT_CYCLE IDEMPOTENCY_KEY_REUSED RATE_LIMIT_EXCEEDED INTERNAL_ERROR SERVICE_UNAVAILABLE`
	for code := range strings.FieldsSeq(published) {
		Fault(code, "is on the list")
	}
	defer func() {
		if recover() == nil {
			t.Error("a code that is not on the list was taken")
		}
	}()
	Fault("NO_SUCH_CODE", "x")
}

func TestErrorBodiesAreBounded(t *testing.T) {
	long := strings.Repeat("\u2028", 100_000)
	var many []*Error
	for range 40 {
		many = append(many, Fault("UNKNOWN_ATTRIBUTE", "%s", long).At("/data/attributes/"+long).With("attribute", long))
	}
	for name, errs := range map[string][]*Error{
		"one": many[:1], "many": many, "meta": {Fault("INVALID_VALUE", "x").With("list", many)},
		"unwritable": {Fault("INVALID_VALUE", "x").With("f", func() {})},
	} {
		_, doc, size := errorsWritten(t, errs...)
		if size > maxErrorBody || len(doc.Errors) == 0 {
			t.Errorf("%s: %d bytes, %d errors", name, size, len(doc.Errors))
		}
		if p := doc.Errors[0].Source["pointer"]; p != "" && p != "/data/attributes" {
			t.Errorf("ERR-08 %s: the pointer leads nowhere: %.80q", name, p)
		}
		if omitted, _ := doc.Meta["omitted"].(float64); len(doc.Errors)+int(omitted) != len(errs) {
			t.Errorf("%s: %d shown, %v omitted of %d", name, len(doc.Errors), omitted, len(errs))
		}
	}
	for n := range 400 { // errors of every size, so that some just fit
		e := Fault("INVALID_VALUE", "%s", strings.Repeat("x", n))
		if _, _, size := errorsWritten(t, slices.Repeat([]*Error{e}, 30)...); size > maxErrorBody {
			t.Fatalf("details of %d: %d bytes", n, size)
		}
	}
	if many[0].Meta["trace_id"] != nil {
		t.Error("writing changed the error, which may be shared")
	}
}

func TestHEADErrorHasNoBody(t *testing.T) {
	w := httptest.NewRecorder()
	WriteErrors(w, httptest.NewRequest("HEAD", "/", nil), "t", Fault("NOT_FOUND", "x"))
	if w.Code != 404 || w.Body.Len() > 0 {
		t.Errorf("ERR-18: %d %s", w.Code, w.Body)
	}
}
