package api_test

import (
	"slices"
	"strings"
	"testing"
)

// CN: what a request accepts and sends, and what an answer says it is.
func TestContentNegotiation(t *testing.T) {
	b := setup(t)
	b.fixture()
	ours := func(r reply) bool {
		essence, _, _ := strings.Cut(r.header.Get("Content-Type"), ";")
		return r.status == 200 && essence == jt
	}
	atomic := jt + `;ext="https://jsonapi.org/ext/atomic"`
	strange := jt + `;ext="https://example.com/unknown"`
	for _, c := range []struct {
		number, accept string
		status         int
	}{
		{"CN-01", jt, 200},
		{"CN-02", "", 200},
		{"CN-03", "*/*", 200},
		{"CN-04", jt + "; charset=utf-8", 406},
		{"CN-05", jt + "; charset=utf-8, " + jt, 200},
		{"CN-06", jt + ";q=0.5", 200},
		{"CN-08", strange, 406},
		{"CN-09", strange + ", " + jt, 200},
		{"CN-10", jt + `;ext="https://jsonapi.org/ext/atomic https://example.com/unknown"`, 406},
		{"CN-11", atomic, 406},
		{"CN-23", "application/json", 200},
		{"CN-24", "text/html", 406},
	} {
		r := b.get(base, "Accept", c.accept)
		b.says(c.number, c.status == 200 && ours(r) || c.status == 406 && r.refused(406, "NOT_ACCEPTABLE", "header Accept"), c.accept, r)
	}
	r := b.get(base, "Accept", jt+`;profile="https://example.com/unknown"`)
	b.says("CN-07", ours(r) && !strings.Contains(r.header.Get("Content-Type"), "example.com"), r)
	r = b.get(base, "Content-Type", jt)
	b.says("CN-25", ours(r), r)
	r = b.get(base, "Accept", jt+`;profile="`+cpp+`"`)
	b.says("CN-26", ours(r) && strings.Contains(r.header.Get("Content-Type"), cpp), r)
	b.contentTypes()
	b.answerTypes()
}

func (b *bench) contentTypes() {
	before := b.count("true")
	for _, c := range []struct{ number, contentType string }{
		{"CN-12", jt + "; charset=utf-8"},
		{"CN-13", jt + `;ext="https://example.com/unknown"`},
		{"CN-15", "application/json"},
		{"CN-16", "text/plain"},
		{"CN-17", ""},
	} {
		r := b.send("POST", base, create(minimal), "Content-Type", c.contentType)
		b.says(c.number, r.refused(415, "UNSUPPORTED_MEDIA_TYPE", "header Content-Type") && strings.Contains(r.text("errors", 0, "detail"), jt) &&
			b.count("true") == before, c.contentType, r)
	}
	r := b.send("POST", base, create(minimal), "Content-Type", jt+`;profile="https://example.com/unknown"`)
	b.says("CN-14", r.status == 201, r)
	r = b.send("POST", base, create(minimal), "Content-Type", "Application/VND.api+json", "Accept", "Application/VND.api+json")
	b.says("CN-18", r.status == 200 || r.status == 201, r)
}

func (b *bench) answerTypes() {
	made := b.make(`"entity_type":"x","entity_id":"cn","enrichment_type":"logo"`)
	gone := b.send("DELETE", base+"/"+made, "")
	b.says("CN-27", gone.status == 204 && gone.body == "" && gone.header.Get("Content-Type") == "", gone)
	one, page := b.get(base+"/"+id(1)), b.get(base)
	b.says("CN-21", page.header.Get("Content-Type") == jt+`;profile="`+cpp+`"` && one.header.Get("Content-Type") == jt, page.header, one.header)
	profiles := page.list("jsonapi", "profile")
	b.says("CN-22", len(profiles) == 1 && profiles[0] == cpp && one.at("jsonapi", "profile") == nil, page.at("jsonapi"), one.at("jsonapi"))
	varies, plain := true, true
	for _, r := range []reply{
		page, one, gone, b.get(base + "/" + unknown), b.get("/v1/nope"), b.send("PUT", base, ""), b.send("POST", base, "{"),
		b.get(base, "Authorization", ""), b.get(base + "?nope=1"), b.get(base, "Accept", "text/html"), b.send("OPTIONS", base, ""),
		b.get(base+"/"+id(1), "If-None-Match", one.header.Get("ETag")),
	} {
		varies = varies && slices.Contains(strings.Split(strings.Join(r.header.Values("Vary"), ", "), ", "), "Accept")
		contentType := r.header.Get("Content-Type")
		plain = plain && (r.body == "" || contentType == jt || strings.HasPrefix(contentType, jt+";profile="))
		if !varies || !plain {
			b.Logf("%s", r)
		}
	}
	b.says("CN-19", plain)
	b.says("CN-20", varies)
}
