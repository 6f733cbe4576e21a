package sitefacts_test

import (
	"strings"
	"testing"

	"github.com/enrichd/enrichd/sitefacts"
)

// Pages on which a value stands that is not the company's, or that two could be: it is
// left open with the reason, and what nothing contradicts is given all the same.
func TestLeftOpen(t *testing.T) {
	const street, mail = `Lange Gasse 4<br>70173 Stuttgart`, `<p>info@ziegelei-krapp.de</p>`
	for _, c := range []struct {
		name, url, html string
		open            string // the field that is left open, empty for none
		reason          string // words of the reason
		want            truth  // of name, street, code, city, country, email, vat
	}{
		{
			"a lender where the own address cannot be read", "https://www.ziegelei-krapp.de/agb",
			`<h1>AGB</h1><p>Vertragspartner ist die Ziegelei Krapp GmbH in der alten Ziegelei.</p><p>Finanzierungen vermittelt die Kredit &amp; Mehr GmbH, Domstraße 9, 50668 Köln.</p>` + mail,
			"street", "another firm on the page is named like the site",
			truth{name: "Ziegelei Krapp GmbH", country: "", email: "info@ziegelei-krapp.de"},
		},
		{
			"two places, neither before the other", "https://www.ziegelei-krapp.de/kontakt",
			`<h1>Kontakt</h1><p>` + street + `</p><p>Domstraße 9<br>50668 Köln</p>` + mail,
			"postal_code", "another address is as likely",
			truth{email: "info@ziegelei-krapp.de"},
		},
		{
			"a branch behind the seat", "https://www.ziegelei-krapp.de/kontakt",
			`<h1>Impressum</h1><p>Ziegelei Krapp GmbH<br>` + street + `</p>` + mail + `<h2>Niederlassung Köln</h2><p>Domstraße 9<br>50668 Köln</p>`,
			"", "",
			truth{name: "Ziegelei Krapp GmbH", street: "Lange Gasse 4", code: "70173", city: "Stuttgart", country: "DE", email: "info@ziegelei-krapp.de"},
		},
		{
			"a house that no rule knows in front of the street", "https://www.ziegelei-krapp.de/impressum",
			`<h1>Impressum</h1><p>Ziegelei Krapp GmbH<br>Glockenbau<br>` + street + `</p>` + mail,
			"street", `"Glockenbau" stands in front of it`,
			truth{name: "Ziegelei Krapp GmbH", code: "70173", city: "Stuttgart", country: "DE", email: "info@ziegelei-krapp.de"},
		},
		{
			"a VAT id of another country", "https://www.ziegelei-krapp.de/impressum",
			`<h1>Impressum</h1><p>Ziegelei Krapp GmbH<br>` + street + `</p>` + mail + `<p>UID: ATU13585627</p>`,
			"vat_id", "of another country",
			truth{name: "Ziegelei Krapp GmbH", street: "Lange Gasse 4", code: "70173", city: "Stuttgart", country: "DE", email: "info@ziegelei-krapp.de"},
		},
		{
			"two mailboxes that are as good", "https://www.ziegelei-krapp.de/impressum",
			`<h1>Impressum</h1><p>Ziegelei Krapp GmbH<br>` + street + `</p><p>klinker@ziegelei-krapp.de<br>dach@ziegelei-krapp.de</p>`,
			"email", "another address is as likely",
			truth{name: "Ziegelei Krapp GmbH", street: "Lange Gasse 4", code: "70173", city: "Stuttgart", country: "DE"},
		},
		{
			"one of the two for everything", "https://www.ziegelei-krapp.de/impressum",
			`<h1>Impressum</h1><p>Ziegelei Krapp GmbH<br>` + street + `</p><p>bewerbung@ziegelei-krapp.de<br>post@ziegelei-krapp.de</p>`,
			"", "",
			truth{name: "Ziegelei Krapp GmbH", street: "Lange Gasse 4", code: "70173", city: "Stuttgart", country: "DE", email: "post@ziegelei-krapp.de"},
		},
		{
			"two firms named like the site, no address", "https://www.ziegelei-krapp.de/agb",
			`<h1>AGB</h1><p>Krapp Klinker GmbH</p><p>Ziegelei Krapp Verwaltungs AG</p>` + mail,
			"name", "two firms are named like the site",
			truth{email: "info@ziegelei-krapp.de"},
		},
		{
			"a form that nobody filled in", "https://www.ziegelei-krapp.de/impressum",
			`<h1>Impressum</h1><p>[Firmenname]<br>[Straße]<br>[Ort]</p><p>Beispiel: Ziegelei Krapp GmbH<br>` + street + `</p>` + mail,
			"", "",
			truth{},
		},
	} {
		facts := page{url: c.url, html: c.html}.read(t)
		got := said(facts)
		got.phone, got.number, got.court, got.people = "", "", "", ""
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if c.open != "" && !doubted(facts, c.open, c.reason) {
			t.Errorf("%s: %s is not left open for %q: %+v", c.name, c.open, c.reason, facts.Doubts)
		}
	}
}

func doubted(f sitefacts.Facts, field, words string) bool {
	for _, d := range f.Doubts {
		if d.Field == field && strings.Contains(d.Reason, words) && d.Fact.Value != "" && strings.Contains(d.Fact.Quote, d.Fact.Value) {
			return true
		}
	}
	return false
}

// What is given says what ties it to the site.
func TestTies(t *testing.T) {
	f := page{url: "https://www.ziegelei-krapp.de/impressum", html: `<h1>Impressum</h1><p>Ziegelei Krapp GmbH<br>Lange Gasse 4<br>70173 Stuttgart</p><p>info@ziegelei-krapp.de</p>`}.read(t)
	for _, words := range []string{"named like the site", "mail of the site beside it", "the only address", "below a heading of the company's"} {
		if !strings.Contains(f.Street.Why, words) {
			t.Errorf("%q is not among %q", words, f.Street.Why)
		}
	}
}
