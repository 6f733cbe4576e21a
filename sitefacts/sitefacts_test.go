package sitefacts_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/sitefacts"
	"github.com/enrichd/enrichd/webpage"
)

// page is an imprint and what it says.
type page struct {
	url, html string
	want      truth
}

type truth struct{ name, street, code, city, country, email, phone, vat, number, court, people string }

func (p page) read(t *testing.T) sitefacts.Facts {
	t.Helper()
	at, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	return sitefacts.Read(webpage.Parse([]byte(p.html), "text/html; charset=utf-8", at))
}

func said(f sitefacts.Facts) truth {
	var people []string
	for _, p := range f.People {
		people = append(people, p.Name.Value)
	}
	return truth{f.Name.Value, f.Street.Value, f.PostalCode.Value, f.City.Value, f.Country.Value, f.Email.Value, f.Phone.Value, f.VATID.Value, f.Registration.Value, f.Court.Value, strings.Join(people, ", ")}
}

// Imprints of invented companies, as companies of seven countries write them.
var imprints = []page{
	{
		"https://www.huber-metall.de/impressum", `<h1>Impressum</h1><p>Angaben gemäß § 5 TMG</p><p>Huber Metallbau GmbH &amp; Co. KG<br>Industriestr. 4a<br>D-86150 Augsburg</p>
		<h3>Vertreten durch:</h3><p>Josef Huber</p><h3>Kontakt</h3><p>Telefon: +49 (0) 821 / 99 88 77<br>Telefax: +49 821 998878<br>E-Mail: kontakt (at) huber-metall.de</p>
		<h3>Registereintrag</h3><p>Registergericht: Amtsgericht Augsburg<br>Registernummer: HRA 12345</p><h3>Umsatzsteuer-ID</h3><p>Umsatzsteuer-Identifikationsnummer gemäß § 27 a Umsatzsteuergesetz: DE123456788</p>
		<h3>Streitschlichtung</h3><p>Die Europäische Kommission: ec.europa.eu</p>`,
		truth{"Huber Metallbau GmbH & Co. KG", "Industriestr. 4a", "86150", "Augsburg", "DE", "kontakt@huber-metall.de", "+49821998877", "DE123456788", "HRA 12345", "Amtsgericht Augsburg", "Josef Huber"},
	},
	{
		"https://atelier-lumiere.fr/mentions-legales", `<h1>Mentions légales</h1><h2>Éditeur du site</h2><p>Atelier Lumière SARL au capital de 10 000 €<br>12 bis, rue des Lilas<br>69003 Lyon<br>RCS Lyon 303 265 045<br>TVA intracommunautaire : FR40303265045<br>Téléphone : 04 72 00 00 00<br>contact@atelier-lumiere.fr</p>
		<p>Directeur de la publication : Claire Moreau</p><h2>Hébergeur</h2><p>OVH SAS<br>2 rue Kellermann<br>59100 Roubaix<br>support@ovh.example</p>`,
		truth{"Atelier Lumière SARL", "12 bis, rue des Lilas", "69003", "Lyon", "FR", "contact@atelier-lumiere.fr", "+33472000000", "FR40303265045", "RCS Lyon 303 265 045", "", "Claire Moreau"},
	},
	{
		"https://northwind.co.uk/", `<main><h1>Welcome</h1><p>We build boats.</p></main><footer><p>© 2026 Northwind Boats Ltd. All rights reserved.</p><p>Registered in England. Company number 01234567. VAT GB 980780684</p><p>12 Harbour Street, Whitby, YO21 3PU</p><p>Phone: 01947 600000 | <a href="mailto:hello@northwind.co.uk">Email us</a></p></footer>`,
		truth{"Northwind Boats Ltd.", "12 Harbour Street", "YO21 3PU", "Whitby", "GB", "hello@northwind.co.uk", "+441947600000", "GB980780684", "01234567", "", ""},
	},
	{
		"https://bakkerij-devries.nl/contact", `<h1>Contact</h1><h2>Bedrijfsgegevens</h2><ul><li>Bakkerij De Vries B.V.</li><li>Kerkstraat 7</li><li>1017 GA Amsterdam</li><li>Tel: 020 123 4567</li><li>info@bakkerij-devries.nl</li><li>KvK-nummer: 12345678</li><li>BTW: NL004495445B01</li></ul>`,
		truth{"Bakkerij De Vries B.V.", "Kerkstraat 7", "1017 GA", "Amsterdam", "NL", "info@bakkerij-devries.nl", "+31201234567", "NL004495445B01", "KVK 12345678", "", ""},
	},
	{
		"https://alpenholz.at/impressum", `<h2>Impressum</h2><p>Informationspflicht laut § 5 E-Commerce Gesetz</p><p>Alpenholz e.U.<br>Inhaber: Ing. Georg Steiner<br>Dorfplatz 3, 6020 Innsbruck, Österreich</p><p>Tel.: 0512 / 111 222<br>Fax: 0512 / 111 223<br>E-Mail: office@alpenholz.at</p><p>UID-Nr: ATU13585627<br>FN 123456a<br>Firmenbuchgericht: Landesgericht Innsbruck</p>`,
		truth{"Alpenholz e.U.", "Dorfplatz 3", "6020", "Innsbruck", "AT", "office@alpenholz.at", "+43512111222", "ATU13585627", "FN 123456a", "Landesgericht Innsbruck", "Georg Steiner"},
	},
	{
		"https://forno-rossi.it/note-legali", `<h1>Note legali</h1><p>Forno Rossi S.r.l. - Via Garibaldi, 15 - 20121 Milano</p><p>P.IVA IT00743110157</p><p>Email: info@forno-rossi.it Tel. 02 1234567</p>`,
		truth{"Forno Rossi S.r.l.", "Via Garibaldi, 15", "20121", "Milano", "IT", "info@forno-rossi.it", "+39021234567", "IT00743110157", "", "", ""},
	},
	{
		"https://max-muster.de/impressum.html", `<h1>Impressum</h1><h2>Angaben gemäß § 5 DDG</h2><p>Max Mustermann<br>Musterweg 1<br>10115 Berlin</p><p>E-Mail: mail@max-muster.de</p><h2>Umsetzung</h2><p>Web Werk GmbH<br>Ringstraße 2<br>80331 München</p>`,
		truth{"Max Mustermann", "Musterweg 1", "10115", "Berlin", "DE", "mail@max-muster.de", "", "", "", "", ""},
	},
	{"https://blog.example.org/", `<h1>About cooking</h1><p>On 10. Mai 2024 we met 12345 People in Paris. Write to editor@magazine.example.</p><p>Read more about ACME GmbH in our article.</p>`, truth{}},
}

// count compares what was read with what stands there, field by field.
type count struct{ right, wrong, missed int }

func (c *count) add(got, want string) bool {
	switch {
	case got == want && want != "":
		c.right++
	case got != "" && got != want:
		c.wrong++
		return false
	case want != "":
		c.missed++
		return false
	}
	return true
}

func (c count) String() string {
	return fmt.Sprintf("precision %.3f at coverage %.3f (%d right, %d wrong, %d missed)", float64(c.right)/float64(max(1, c.right+c.wrong)), float64(c.right)/float64(max(1, c.right+c.wrong+c.missed)), c.right, c.wrong, c.missed)
}

func TestImprints(t *testing.T) {
	var all count
	for _, p := range imprints {
		got := said(p.read(t))
		for _, f := range []struct{ name, got, want string }{
			{"name", got.name, p.want.name},
			{"street", got.street, p.want.street},
			{"postal code", got.code, p.want.code},
			{"city", got.city, p.want.city},
			{"country", got.country, p.want.country},
			{"email", got.email, p.want.email},
			{"phone", got.phone, p.want.phone},
			{"VAT id", got.vat, p.want.vat},
			{"number", got.number, p.want.number},
			{"court", got.court, p.want.court},
			{"people", got.people, p.want.people},
		} {
			if !all.add(f.got, f.want) {
				t.Errorf("%s: %s is %q, want %q", p.url, f.name, f.got, f.want)
			}
		}
	}
	t.Log(all)
}

// Imprints of the evaluation data, which nothing was tuned on but their shape.
func TestRecordedImprints(t *testing.T) {
	dir := os.Getenv("ENRICHD_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "imprint", "truth.jsonl"))
	if err != nil {
		t.Logf("no recorded imprints here: %v", err)
	}
	var all count
	for line := range strings.Lines(string(raw)) {
		var row struct {
			File  string
			Truth struct {
				LegalName string `json:"legal_name"`
				VATID     string `json:"vat_id"`
				Street    string
				Zip       string
				City      string
				Country   string
				Email     string
				Emails    []string
			}
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(dir, "imprint", row.File))
		if err != nil {
			t.Fatal(err)
		}
		got := said(page{url: "https://site.example/", html: string(content)}.read(t))
		want := row.Truth
		if want.Email == "" && len(want.Emails) > 0 {
			want.Email = want.Emails[0]
		}
		for _, f := range [][2]string{
			{got.name, want.LegalName}, {got.vat, want.VATID}, {got.street, want.Street}, {got.code, want.Zip}, {got.city, want.City}, {got.country, want.Country}, {got.email, want.Email},
		} {
			all.add(f[0], f[1])
		}
	}
	t.Log(all)
	if all.wrong > 0 {
		t.Errorf("%v", all)
	}
}
