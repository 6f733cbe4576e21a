package jsonapi

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

var kinds = []string{"small", "large"}

// read takes every value out of a thing, as a face would.
func read(req *Request) {
	req.Required("name", 100)
	req.Enum("kind", kinds)
	req.Optional("note", 3)
	req.OptionalEnum("channel", kinds)
	req.OptionalObject("input")
	req.OptionalStrings("fields")
	req.OptionalBool("now")
}

func TestValues(t *testing.T) {
	with := func(more string) string { return thing(`{"name":"n","kind":"small"` + more + `}`) }
	for _, c := range []struct {
		name, body string
		want       string // codes and pointers
	}{
		{"CRE-01 all is well", with(``), ""},
		{"CRE-16..18", thing(`{"kind":"small"}`), "REQUIRED /data/attributes"},
		{"CRE-16..18 empty attributes", thing(`{}`), "REQUIRED /data/attributes, REQUIRED /data/attributes"},
		{"CRE-19", `{"data":{"type":"thing"}}`, "REQUIRED /data, REQUIRED /data"},
		{"CRE-21 empty", thing(`{"name":"","kind":"small"}`), "INVALID_VALUE /data/attributes/name"},
		{"CRE-21 100 emoji", thing(`{"name":"` + strings.Repeat("😀", 100) + `","kind":"small"}`), ""},
		{"CRE-21 101 emoji", thing(`{"name":"` + strings.Repeat("😀", 101) + `","kind":"small"}`), "TOO_LONG /data/attributes/name"},
		{"CRE-23", thing(`{"name":5,"kind":"small"}`), "INVALID_TYPE /data/attributes/name"},
		{"CRE-23 null", thing(`{"name":null,"kind":"small"}`), "INVALID_TYPE /data/attributes/name"},
		{"CRE-24", thing(`{"name":"n","kind":"nope"}`), "INVALID_ENUM /data/attributes/kind"},
		{"CRE-24 case", thing(`{"name":"n","kind":"SMALL"}`), "INVALID_ENUM /data/attributes/kind"},
		{"CRE-24 null", thing(`{"name":"n","kind":null}`), "INVALID_ENUM /data/attributes/kind"},
		{"CRE-24 number", thing(`{"name":"n","kind":3}`), "INVALID_ENUM /data/attributes/kind"},
		{"CRE-26", with(`,"channel":"large"`), ""},
		{"CRE-26 null", with(`,"channel":null`), ""},
		{"CRE-26 unknown", with(`,"channel":"api"`), "INVALID_ENUM /data/attributes/channel"},
		{"CRE-41", with(`,"input":{"a":1}`), ""},
		{"CRE-41 null", with(`,"input":null`), ""},
		{"CRE-41 scalar", with(`,"input":1`), "INVALID_TYPE /data/attributes/input"},
		{"CRE-41 list", with(`,"input":[]`), "INVALID_TYPE /data/attributes/input"},
		{"CRE-42", with(`,"fields":["a","b"]`), ""},
		{"CRE-42 text", with(`,"fields":"a"`), "INVALID_TYPE /data/attributes/fields"},
		{
			"CRE-42 elements", with(`,"fields":["a",1,null,""]`),
			"INVALID_TYPE /data/attributes/fields/1, INVALID_TYPE /data/attributes/fields/2, INVALID_VALUE /data/attributes/fields/3",
		},
		{"UPD-03", with(`,"note":null`), ""},
		{"a note that is no text", with(`,"note":{}`), "INVALID_TYPE /data/attributes/note"},
		{"a long note", with(`,"note":"éééé"`), "TOO_LONG /data/attributes/note"},
		{"a switch", with(`,"now":true`), ""},
		{"a switch that is none", with(`,"now":"true"`), "INVALID_TYPE /data/attributes/now"},
		{
			"ERR-09", thing(`{"name":1,"kind":"x","input":[]}`),
			"INVALID_TYPE /data/attributes/name, INVALID_ENUM /data/attributes/kind, INVALID_TYPE /data/attributes/input",
		},
	} {
		req, fault := decode(t, c.body, Rules{})
		if fault != nil {
			t.Errorf("%s: %s", c.name, shown(fault))
			continue
		}
		read(req)
		var got []string
		for _, e := range req.Faults() {
			got = append(got, fmt.Sprint(e.Code, " ", *e.Pointer))
			if e.Status() != 422 || e.Meta["attribute"] == nil || e.Meta["message"] == nil {
				t.Errorf("ERR-12 %s: %s", c.name, shown(e))
			}
			if allowed, _ := e.Meta["allowed"].([]string); e.Code == "INVALID_ENUM" && !slices.Equal(allowed, kinds) {
				t.Errorf("CRE-24 %s: meta.allowed is %v", c.name, e.Meta["allowed"])
			}
		}
		if got := strings.Join(got, ", "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestValuesThatAreGiven(t *testing.T) {
	req, _ := decode(t, thing(`{"s":"x","n":null,"o":{"a": 1.10},"l":["a"],"b":false,"e":"small"}`), Rules{})
	if s, given := req.Optional("s", 9); !given || *s != "x" {
		t.Error("s")
	}
	if n, given := req.Optional("n", 9); !given || n != nil {
		t.Error("UPD-03: null is given")
	}
	if m, given := req.Optional("missing", 9); given || m != nil {
		t.Error("UPD-02: what is missing is not given")
	}
	if o, _ := req.OptionalObject("o"); string(o) != `{"a": 1.10}` {
		t.Errorf("DOC-20: %s", o)
	}
	if l, _ := req.OptionalStrings("l"); !slices.Equal(l, []string{"a"}) {
		t.Error("l")
	}
	if b, given := req.OptionalBool("b"); !given || *b {
		t.Error("b")
	}
	if e, _ := req.OptionalEnum("e", kinds); *e != "small" {
		t.Error("e")
	}
	if len(req.Faults()) != 0 {
		t.Error(req.Faults())
	}
	req.OneOf("e", "tiny", kinds)
	req.Refuse("ATTRIBUTE_READ_ONLY", "s", "%s is the server's.", "s")
	refusal{"CRE-27..37", "", "ATTRIBUTE_READ_ONLY", 403, "/data/attributes/s"}.check(t, req.Faults()[1])
	if req.Faults().Status() != 400 {
		t.Error("ERR-10")
	}
}
