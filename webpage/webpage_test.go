package webpage_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/webpage"
)

func parse(t testing.TB, html string) *webpage.Page {
	t.Helper()
	at, err := url.Parse("https://acme.com/about/us")
	if err != nil {
		t.Fatal(err)
	}
	return webpage.Parse([]byte(html), "text/html; charset=utf-8", at)
}

func TestPage(t *testing.T) {
	p := parse(t, `<html lang="DE"><head><title> Acme
		AG </title><link rel="shortcut icon" href="/i.ico"><link rel="apple-touch-icon" href="touch.png"><link rel="icon" href="data:,"><link rel="manifest" href="m.json">
		<meta property="og:site_name" content="Acme"><meta name="description" content="We build."></head><body>
		<p>One <b>line</b><br>another</p><p style="display: none">hidden</p><script>var x = "no"</script>
		<footer><a href="mailto:info@acme.com?subject=x">Write</a> <a href="/impressum#top">Im&shy;pressum</a> <a href="javascript:alert(1)">no</a></footer></body></html>`)
	if p.Title != "Acme AG" || p.Language != "de" || p.SiteName != "Acme" || p.Description != "We build." || p.Manifest != "https://acme.com/about/m.json" {
		t.Errorf("%+v", p)
	}
	if len(p.Icons) != 2 || p.Icons[0].URL != "https://acme.com/i.ico" || p.Icons[1].URL != "https://acme.com/about/touch.png" {
		t.Errorf("icons %+v", p.Icons)
	}
	if len(p.Links) != 1 || p.Links[0] != (webpage.Link{URL: "https://acme.com/impressum", Words: "Impressum"}) {
		t.Errorf("links %+v", p.Links)
	}
	var lines []string
	for _, l := range p.Lines {
		lines = append(lines, l.Text)
	}
	if got := strings.Join(lines, "|"); got != "One line|another|Write Impressum no" {
		t.Errorf("lines %s", got)
	}
	if last := p.Lines[len(p.Lines)-1]; !last.Foot || last.Mail != "info@acme.com" {
		t.Errorf("%+v", last)
	}
}

// Only organisations that are the page's own count: not who plays, sells or is
// written about.
func TestOrganizations(t *testing.T) {
	p := parse(t, `<script type="application/ld+json">{"@graph":[{"@type":"WebSite","publisher":{"@type":["Organization"],"name":"Acme","vatID":"DE1","address":{"streetAddress":"Road 1","addressLocality":"Bonn"}}},
		{"@type":"MusicEvent","performer":{"@type":"MusicGroup","name":"Band"},"location":{"@type":"Organization","name":"Hall"}},
		{"@type":"Corporation","name":"Acme AG","employee":[{"@type":"Person","name":"Ada","jobTitle":"CEO"}],"logo":{"url":"/l.png"}}]}</script>
		<script type="application/ld+json">{broken</script>
		<div itemscope itemtype="http://schema.org/LocalBusiness"><span itemprop="name">Shop</span><div itemprop="address" itemscope itemtype="http://schema.org/PostalAddress"><span itemprop="addressLocality">Köln</span></div></div>`)
	var names []string
	for _, o := range p.Organizations {
		names = append(names, o.Name)
	}
	if got := strings.Join(names, ","); got != "Acme,Acme AG,Shop" {
		t.Errorf("organisations %s", got)
	}
	if p.Organizations[0].City != "Bonn" || p.Organizations[1].Logo != "/l.png" || p.Organizations[2].City != "Köln" {
		t.Errorf("%+v", p.Organizations)
	}
	if len(p.People) != 1 || p.People[0].JobTitle != "CEO" || p.People[0].WorksFor != "Acme AG" {
		t.Errorf("people %+v", p.People)
	}
}

// Text that hides from people hides from programs, too.
func TestInvisibleText(t *testing.T) {
	p := parse(t, "<p>A\u200bc\U000e0041me\u202e</p>")
	if len(p.Lines) != 1 || p.Lines[0].Text != "Acme" {
		t.Errorf("%+v", p.Lines)
	}
}

func TestLargePages(t *testing.T) {
	for name, html := range map[string]string{
		"deep":  strings.Repeat("<div>", 100_000) + "x",
		"wide":  strings.Repeat("<p>x</p>", 100_000),
		"json":  `<script type="application/ld+json">` + strings.Repeat("[", 50_000) + `</script>`,
		"links": strings.Repeat(`<a href="/x">y</a>`, 50_000),
	} {
		if p := parse(t, html); len(p.Lines) > 5_000 || len(p.Links) > 2_000 {
			t.Errorf("%s: %d lines, %d links", name, len(p.Lines), len(p.Links))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`<title>x</title><script type="application/ld+json">{"@type":"Organization"}</script>`))
	f.Fuzz(func(t *testing.T, content []byte) {
		webpage.Parse(content, "", &url.URL{Scheme: "https", Host: "acme.com"})
	})
}
