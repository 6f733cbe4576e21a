package jsonapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const limit = 1 << 20

func decode(t testing.TB, body string, rules Rules) (*Request, *Error) {
	t.Helper()
	r := httptest.NewRequest("POST", "/things", strings.NewReader(body))
	r.Header.Set("Content-Type", MediaType)
	rules.Type, rules.Limit = "thing", limit
	req, err := Decode(httptest.NewRecorder(), r, rules)
	var fault *Error
	if err != nil && !errors.As(err, &fault) {
		t.Fatalf("%T %v", err, err)
	}
	return req, fault
}

// thing is a create with these attributes.
func thing(attributes string) string {
	return `{"data":{"type":"thing","attributes":` + attributes + `}}`
}

type refusal struct {
	name, body, code string
	status           int
	pointer          string
}

func (c refusal) check(t *testing.T, fault *Error) {
	t.Helper()
	if fault == nil || fault.Code != c.code || fault.Status() != c.status || fault.Pointer == nil || *fault.Pointer != c.pointer {
		t.Errorf("%s: %v, want %d %s at %q", c.name, shown(fault), c.status, c.code, c.pointer)
	}
}

func shown(fault *Error) string {
	if fault == nil {
		return "no fault"
	}
	raw, _ := marshal(fault)
	return string(raw)
}

func TestRefusedCreates(t *testing.T) {
	const schema = "SCHEMA_VALIDATION_ERROR"
	for _, c := range []refusal{
		{"CRE-05", `{"data":{"type":"thing","id":"1"}}`, "CLIENT_GENERATED_ID_UNSUPPORTED", 403, "/data/id"},
		{"CRE-05 null is supplied too", `{"data":{"type":"thing","id":null}}`, "CLIENT_GENERATED_ID_UNSUPPORTED", 403, "/data/id"},
		{"CRE-06", `{"data":{"type":"things"}}`, "RESOURCE_TYPE_MISMATCH", 409, "/data/type"},
		{"CRE-06 case", `{"data":{"type":"Thing"}}`, "RESOURCE_TYPE_MISMATCH", 409, "/data/type"},
		{"CRE-07", `{"data":{}}`, schema, 400, "/data"},
		{"CRE-07 names are not folded", `{"data":{"Type":"thing"}}`, schema, 400, "/data"},
		{"CRE-08", `{"data":{"type":5}}`, schema, 400, "/data/type"},
		{"CRE-08 null", `{"data":{"type":null}}`, schema, 400, "/data/type"},
		{"CRE-09 missing", `{"meta":{}}`, schema, 400, ""},
		{"CRE-09 other case", `{"DATA":{"type":"thing"}}`, schema, 400, ""},
		{"CRE-09 null", `{"data":null}`, schema, 400, "/data"},
		{"CRE-09 list", `{"data":[]}`, schema, 400, "/data"},
		{"CRE-10 list", `[]`, schema, 400, ""},
		{"CRE-10 text", ` "x" `, schema, 400, ""},
		{"CRE-10 null", `null`, schema, 400, ""},
		{"CRE-10 empty", ``, "INVALID_JSON", 400, ""},
		{"CRE-10 space", " \n", "INVALID_JSON", 400, ""},
		{"CRE-11", `{"data":{"type":"thi`, "INVALID_JSON", 400, ""},
		{"CRE-11 two documents", `{"data":{"type":"thing"}}{}`, "INVALID_JSON", 400, ""},
		{"CRE-11 byte order mark", "\uFEFF" + `{"data":{"type":"thing"}}`, "INVALID_JSON", 400, ""},
		{"CRE-12", thing(`{"a":1,"b":2,"a":3}`), "INVALID_JSON", 400, "/data/attributes/a"},
		{"CRE-12 escaped", thing(`{"a/b":1,"\u0061\/b":3}`), "INVALID_JSON", 400, "/data/attributes/a~1b"},
		{"CRE-13", thing("{\"a\":\"\xff\"}"), "INVALID_JSON", 400, ""},
		{"CRE-13 encoded surrogate", thing("{\"a\":\"\xed\xa0\x80\"}"), "INVALID_JSON", 400, ""},
		{"CRE-15", thing(`{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`), schema, 400, ""},
		{"CRE-15 very deep and broken", strings.Repeat("[", 100_000), schema, 400, ""},
		{"CRE-20 text", thing(`"x"`), schema, 400, "/data/attributes"},
		{"CRE-20 list", thing(`[]`), schema, 400, "/data/attributes"},
		{"CRE-20 null", thing(`null`), schema, 400, "/data/attributes"},
		{"CRE-43", thing(`{"a":{"b":["x","\u0000"]}}`), "INVALID_VALUE", 422, "/data/attributes/a/b/1"},
		{"CRE-43 in a name", thing(`{"a":{"\u0000":1}}`), "INVALID_VALUE", 422, "/data/attributes/a"},
		{"half a pair", thing(`{"a":"\ud83d"}`), "INVALID_VALUE", 422, "/data/attributes/a"},
		{"half a pair, the second", thing(`{"a":"\ude00\ud83d"}`), "INVALID_VALUE", 422, "/data/attributes/a"},
		{"a large power", thing(`{"a":1e309}`), "INVALID_VALUE", 422, "/data/attributes/a"},
		{"a power beyond numbers", thing(`{"a":1e99999999999999999999}`), "INVALID_VALUE", 422, "/data/attributes/a"},
		{"a small power", thing(`{"a":1e-309}`), "INVALID_VALUE", 422, "/data/attributes/a"},
		{"many digits", thing(`{"a":` + strings.Repeat("1", 1001) + `}`), "INVALID_VALUE", 422, "/data/attributes/a"},
		{"many values", thing(`{"a":[` + strings.Repeat("0,", 20_000) + `0]}`), schema, 400, ""},
		{"lid that is no text", `{"data":{"type":"thing","lid":1}}`, schema, 400, "/data/lid"},
		{"meta that is no object", `{"data":{"type":"thing"},"meta":[]}`, schema, 400, "/meta"},
		{"relationships that are none", `{"data":{"type":"thing","relationships":[]}}`, schema, 400, "/data/relationships"},
		{"UPD-31", `{"data":{"type":"thing","relationships":{"parent":{"links":{}}}}}`, schema, 400, "/data/relationships/parent"},
		{"relationship that is null", `{"data":{"type":"thing","relationships":{"parent":null}}}`, schema, 400, "/data/relationships/parent"},
		{"identifier without id", `{"data":{"type":"thing","relationships":{"parent":{"data":{"type":"thing"}}}}}`, schema, 400, "/data/relationships/parent/data"},
		{
			"identifier whose id is a number", `{"data":{"type":"thing","relationships":{"p":{"data":[{"type":"thing","id":"1"},{"type":"thing","id":1}]}}}}`, schema, 400,
			"/data/relationships/p/data/1/id",
		},
	} {
		_, fault := decode(t, c.body, Rules{})
		c.check(t, fault)
	}
}

func TestFaultsOfValuesNameTheAttribute(t *testing.T) {
	_, fault := decode(t, thing(`{"a/b":{"c":"\u0000"}}`), Rules{})
	if fault == nil || fault.Meta["attribute"] != "a/b" || fault.Meta["message"] != fault.Detail {
		t.Errorf("ERR-12: %s", shown(fault))
	}
}

func TestRefusedUpdates(t *testing.T) {
	for _, c := range []refusal{
		{"UPD-05", `{"data":{"type":"thing","id":"2"}}`, "RESOURCE_ID_MISMATCH", 409, "/data/id"},
		{"UPD-06", `{"data":{"type":"things","id":"a1"}}`, "RESOURCE_TYPE_MISMATCH", 409, "/data/type"},
		{"UPD-07", `{"data":{"type":"thing"}}`, "SCHEMA_VALIDATION_ERROR", 400, "/data"},
		{"UPD-07 a number", `{"data":{"type":"thing","id":1}}`, "SCHEMA_VALIDATION_ERROR", 400, "/data/id"},
		{"UPD-08 list", `{"data":[]}`, "SCHEMA_VALIDATION_ERROR", 400, "/data"},
		{"UPD-08 null", `{"data":null}`, "SCHEMA_VALIDATION_ERROR", 400, "/data"},
	} {
		_, fault := decode(t, c.body, Rules{ID: "a1"})
		c.check(t, fault)
	}
	if req, fault := decode(t, `{"data":{"type":"thing","id":"A1"}}`, Rules{ID: "a1"}); fault != nil || req.ID != "a1" {
		t.Errorf("GET-06: %s", shown(fault))
	}
}

func TestAcceptedCreate(t *testing.T) {
	req, fault := decode(t, `
		{"bar":1,"meta":{"force":true},"data":{"foo":[],"lid":"tmp","type":"thing",
		 "attributes":{"z":12345678901234567890,"@context":"x","ſtatus":1,"STATUS":2,"status":{"e": 1e-7}},
		 "relationships":{"@r":1,"none":{"data":null},"one":{"data":{"type":"t","id":"1"}},"many":{"data":[{"type":"t","id":"1"},{"type":"u","id":"2"}]}}}} `, Rules{})
	if fault != nil {
		t.Fatal(shown(fault))
	}
	if want := []string{"z", "ſtatus", "STATUS", "status"}; !slices.Equal(req.Names(), want) || len(req.Attributes) != len(want) {
		t.Errorf("CRE-39 and names to the letter: %v %v", req.Names(), req.Attributes)
	}
	if string(req.Attributes["z"]) != "12345678901234567890" || string(req.Attributes["status"]) != `{"e": 1e-7}` {
		t.Errorf("DOC-20: %s", req.Attributes)
	}
	if req.LID != "tmp" || req.ID != "" || string(req.Meta["force"]) != "true" || len(req.Relationships) != 3 {
		t.Errorf("CRE-40, CRE-46: %+v", req)
	}
	if id, fault := req.Relationships["none"].ToOne("t"); id != nil || fault != nil {
		t.Errorf("%v %v", id, fault)
	}
	if id, fault := req.Relationships["one"].ToOne("t"); fault != nil || *id != "1" {
		t.Errorf("%v %v", id, fault)
	}
	refusal{"REL-12", "", "RESOURCE_TYPE_MISMATCH", 409, "/data/relationships/one/data/type"}.check(t, second2(req.Relationships["one"].ToOne("u")))
	refusal{"REL-13", "", "SCHEMA_VALIDATION_ERROR", 400, "/data/relationships/many/data"}.check(t, second2(req.Relationships["many"].ToOne("t")))
	refusal{"REL-12", "", "RESOURCE_TYPE_MISMATCH", 409, "/data/relationships/many/data/1/type"}.check(t, second2(req.Relationships["many"].ToMany("t")))
	refusal{"no list", "", "SCHEMA_VALIDATION_ERROR", 400, "/data/relationships/none/data"}.check(t, second2(req.Relationships["none"].ToMany("t")))
}

func second2[T any](_ T, fault *Error) *Error { return fault }

func TestLinkageDocuments(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       Linkage
		code       string
	}{
		{"REL-08", `{"data":{"type":"thing","id":"1"}}`, Linkage{Identifier: Identifier{"thing", "1"}, pointer: "/data"}, ""},
		{"REL-09", `{"data":null}`, Linkage{Null: true, pointer: "/data"}, ""},
		{"REL-13", `{"data":[]}`, Linkage{List: []Identifier{}, pointer: "/data"}, ""},
		{"REL-14", `{}`, Linkage{}, "SCHEMA_VALIDATION_ERROR"},
		{"no linkage", `{"data":"x"}`, Linkage{}, "SCHEMA_VALIDATION_ERROR"},
	} {
		r := httptest.NewRequest("PATCH", "/things/1/relationships/parent", strings.NewReader(c.body))
		r.Header.Set("Content-Type", MediaType)
		got, err := DecodeLinkage(httptest.NewRecorder(), r, limit)
		var fault *Error
		if errors.As(err, &fault); fault != nil && fault.Code != c.code || (err == nil) != (c.code == "") {
			t.Errorf("%s: %v", c.name, err)
		} else if err == nil && (got.Null != c.want.Null || got.Identifier != c.want.Identifier || (got.List == nil) != (c.want.List == nil)) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// endless counts what is read from it.
type endless struct{ n int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.n += int64(len(p))
	return len(p), nil
}

func TestBodiesThatAreTooLong(t *testing.T) {
	body := &endless{}
	r := httptest.NewRequest("POST", "/", body)
	r.Header.Set("Content-Type", MediaType)
	_, err := Decode(httptest.NewRecorder(), r, Rules{Type: "thing", Limit: limit})
	var fault *Error
	if !errors.As(err, &fault) || fault.Status() != 413 || fault.Code != "PAYLOAD_TOO_LARGE" {
		t.Errorf("CRE-14: %v", err)
	}
	if body.n > limit+overrun+4096 {
		t.Errorf("CRE-14: %d bytes were read", body.n)
	}
	exact := thing(`{}`)
	if _, fault := decode(t, exact+strings.Repeat(" ", limit-len(exact)), Rules{}); fault != nil {
		t.Errorf("a body of the limit: %s", shown(fault))
	}
	broken := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader(exact), brokenReader{}))
	broken.Header.Set("Content-Type", MediaType)
	if _, err := Decode(httptest.NewRecorder(), broken, Rules{Type: "thing", Limit: limit}); err == nil {
		t.Error("a body that broke off was taken")
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestContentTypeComesFirst(t *testing.T) {
	r := httptest.NewRequest("POST", "/", strings.NewReader(thing(`{}`)))
	_, err := Decode(httptest.NewRecorder(), r, Rules{Type: "thing", Limit: limit})
	var fault *Error
	if !errors.As(err, &fault) || fault.Status() != 415 {
		t.Errorf("CN-17: %v", err)
	}
}

// The scan agrees with encoding/json on what is JSON, within its limits, and
// what it lets through keeps its values.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		thing(`{"a":1}`), `{"data":{"type":"thing","relationships":{"p":{"data":[{"type":"t","id":"1"}]}}}}`, `{"data":null}`, `[1,]`, `{"a":1,}`,
		thing(`{"a":"\ud83d\ude00","\\":"\\u0000","":[{}, [ ]]}`), ` {"data" : {"type" : "thing" , "attributes" : { "a" : 1 } } } `, "{\"\\\"", `"\ud800"`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		req, fault := decode(t, body, Rules{})
		if fault != nil {
			if fault.Status() >= 500 {
				t.Fatal(shown(fault))
			}
			return
		}
		var doc struct {
			Data struct {
				Attributes map[string]json.RawMessage `json:"attributes"`
			} `json:"data"`
		}
		if err := json.Unmarshal([]byte(body), &doc); err != nil {
			t.Fatalf("what is no JSON was taken: %v", err)
		}
		for _, name := range req.Names() {
			if !json.Valid(req.Attributes[name]) || bytes.Contains([]byte(unquote([]byte(`"`+name+`"`))), []byte{0}) {
				t.Fatalf("%q: %q", name, req.Attributes[name])
			}
		}
		req.Required("a", 3)
		req.OptionalStrings("b")
		req.OptionalObject("c")
		req.Enum("d", []string{"x"})
		if w := httptest.NewRecorder(); len(req.Faults()) > 0 {
			WriteErrors(w, httptest.NewRequest("POST", "/", nil), "t", req.Faults()...)
			if !json.Valid(w.Body.Bytes()) || w.Body.Len() > maxErrorBody {
				t.Fatalf("%d %s", w.Body.Len(), w.Body)
			}
		}
	})
}
