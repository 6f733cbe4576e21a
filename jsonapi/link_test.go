package jsonapi

import (
	"net/http/httptest"
	"net/url"
	"testing"
)

func TestLinks(t *testing.T) {
	for _, c := range []struct{ name, target, self, next string }{
		{"no query", "/v1/things", "/v1/things", "/v1/things?page%5Bafter%5D=c_-1"},
		{
			"DOC-24, PAG-17, PAG-18", "/v1/things?sort=-created_at&filter[status]=a,b&include=workspace&fields[thing]=&page[size]=7",
			"/v1/things?sort=-created_at&filter%5Bstatus%5D=a,b&include=workspace&fields%5Bthing%5D=&page%5Bsize%5D=7",
			"/v1/things?sort=-created_at&filter%5Bstatus%5D=a,b&include=workspace&fields%5Bthing%5D=&page%5Bsize%5D=7&page%5Bafter%5D=c_-1",
		},
		{
			"the cursor gives way", "/v1/things?page%5Bbefore%5D=x&filter[id]=1&page[after]=y", "/v1/things?page%5Bbefore%5D=x&filter%5Bid%5D=1&page%5Bafter%5D=y",
			"/v1/things?filter%5Bid%5D=1&page%5Bafter%5D=c_-1",
		},
		{
			"encoded stays encoded", "/v1/a%2Fb%20c?filter[id]=%26%3d%25&workspaceId=a+b", "/v1/a%2Fb%20c?filter%5Bid%5D=%26%3d%25&workspaceId=a+b",
			"/v1/a%2Fb%20c?filter%5Bid%5D=%26%3d%25&workspaceId=a+b&page%5Bafter%5D=c_-1",
		},
		{"what is no address is encoded", "/v1/things?filter[id]=<\"é>", "/v1/things?filter%5Bid%5D=%3C%22%C3%A9%3E", "/v1/things?filter%5Bid%5D=%3C%22%C3%A9%3E&page%5Bafter%5D=c_-1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		u, err := url.ParseRequestURI(c.target)
		if err != nil {
			t.Fatal(err)
		}
		r.URL = u
		if got := Self(r); got != c.self {
			t.Errorf("%s: self is %s, want %s", c.name, got, c.self)
		}
		if got := PageLink(r, "page[after]", "c_-1"); got != c.next {
			t.Errorf("%s: next is %s, want %s", c.name, got, c.next)
		}
	}
}

func TestLinkStaysOnThisHost(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.URL = &url.URL{Path: "//example.com/v1"}
	if got := Self(r); got != "/example.com/v1" {
		t.Errorf("self leads to %s", got)
	}
}

func TestPageLinks(t *testing.T) {
	r := httptest.NewRequest("GET", "/v1/things?page[size]=2&page[after]=x", nil)
	raw, err := marshal(PageLinks(r, "", "n"))
	want := `{"first":"/v1/things?page%5Bsize%5D=2","next":"/v1/things?page%5Bsize%5D=2&page%5Bafter%5D=n","prev":null,` +
		`"self":{"href":"/v1/things?page%5Bsize%5D=2&page%5Bafter%5D=x","type":"application/vnd.api+json;profile=\"` + CursorProfile + `\""}}`
	if err != nil || string(raw) != want {
		t.Errorf("PAG-01, PAG-09, PAG-10, PAG-23, DOC-25:\n%s\n%s", raw, want)
	}
}
