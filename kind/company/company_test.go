package company_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/demo"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/fetch/replay"
	"github.com/enrichd/enrichd/kind/company"
	"github.com/enrichd/enrichd/kind/extract"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/registry"
)

func TestMain(m *testing.M) { kindtest.Main(m) }

const imprint = `<html lang="de"><body><h1>Impressum</h1><h2>Angaben gemäß § 5 DDG</h2>
	<p>Acme Maschinenbau GmbH<br>Lange Straße 12<br>70173 Stuttgart</p>
	<p>Telefon: 0711 / 123 45 67<br>E-Mail: <a href="mailto:info@acme-bau.de">info@acme-bau.de</a></p>
	<p>Vertreten durch: Erika Musterfrau</p><p>Registergericht: Amtsgericht Stuttgart<br>HRB 12345</p><p>USt-IdNr.: DE123456788</p>
	<h2>Webdesign</h2><p>Pixel &amp; Co GmbH<br>Am Markt 3<br>50667 Köln<br>hallo@pixel.de</p></body></html>`

func site(host, legal string) []replay.Exchange {
	return []replay.Exchange{
		replay.Page(host, "/", `<html><head><title>Acme</title><meta name="description" content="Maschinen aus Stuttgart."></head><body><a href="/impressum">Impressum</a></body></html>`),
		replay.Page(host, "/impressum", legal),
	}
}

func newKind(t *testing.T, exchanges ...replay.Exchange) (*kindtest.Workspace, *company.Kind) {
	t.Helper()
	w := kindtest.NewWorkspace(t)
	return w, &company.Kind{Records: w.DB, Reader: w.Reader, Fetcher: replay.New(t, exchanges...).Client}
}

// known makes a company of which some values are known, and a task for it.
func known(t *testing.T, w *kindtest.Workspace, values map[string]string, fields ...string) enrich.Job {
	t.Helper()
	id := record.DerivedID(pgtest.Workspace, record.EntityCompany, values["name"]+values["domain"])
	w.WriteCompany(t, id, values)
	return enrich.Job{Attempt: 3, Task: enrich.Task{
		ID: "00000000-0000-4000-8000-000000000001", WorkspaceID: pgtest.Workspace, EntityType: record.EntityCompany, EntityID: id, Type: enrich.AICompany, Status: enrich.Processing, TargetFields: fields,
	}}
}

func TestContract(t *testing.T) {
	w, kind := newKind(t, append(site("acme-bau.de", imprint), append(site("bakery.de", strings.ReplaceAll(imprint, "Acme Maschinenbau", "Bäckerei Huber")), replay.Page("mute.de", "/", "<p>Hallo</p>"))...)...)
	missing := known(t, w, map[string]string{"name": "Gone"})
	missing.Task.EntityID = "no-such-company"
	kindtest.Run(t, kind, []kindtest.Case{
		{Name: "its own site", Job: known(t, w, map[string]string{"name": "Acme Maschinenbau", "domain": "acme-bau.de"}), Want: "Done", Check: func(t *testing.T, a enrich.Answer) {
			out := kindtest.Output(t, a)
			for name, want := range map[string]any{
				"registered_name": "Acme Maschinenbau GmbH", "tax_id_value": "DE123456788", "tax_id_type": "eu_vat", "street": "Lange Straße 12", "postal_code": "70173", "city": "Stuttgart", "country": "DE",
				"email": "info@acme-bau.de", "phone": "+497111234567", "registration_number": "HRB 12345", "registration_court": "Amtsgericht Stuttgart", "website": "https://acme-bau.de/", "description": "Maschinen aus Stuttgart.",
			} {
				if out[name] != want {
					t.Errorf("%s is %v, want %v", name, out[name], want)
				}
			}
			if grade := out["_fields"].(map[string]any)["tax_id_value"].(map[string]any)["grade"]; grade != "verified" {
				t.Errorf("grade %v", grade)
			}
		}},
		{Name: "the site of somebody else", Job: known(t, w, map[string]string{"name": "Zimmerei Vogel", "email": "post@bakery.de"}), Want: "Done", Check: nothingOf("Bäckerei")},
		{Name: "another tax id", Job: known(t, w, map[string]string{"name": "Bäckerei Huber", "domain": "bakery.de", "tax_id_value": "DE811128135"}), Want: "Done", Check: nothingOf("Lange Straße")},
		{Name: "only two fields", Job: known(t, w, map[string]string{"name": "Acme", "domain": "acme-bau.de"}, "city", "phone"), Want: "Done", Check: func(t *testing.T, a enrich.Answer) {
			if w := a.(enrich.Done).Records; len(w) != 1 || len(w[0].Fields) != 2 {
				t.Errorf("writes %+v", w)
			}
		}},
		{Name: "a site that says nothing", Job: known(t, w, map[string]string{"domain": "mute.de"}), Want: "Done"},
		{Name: "nothing known", Job: known(t, w, map[string]string{"name": "Nobody"}), Want: "Done", Check: nothingOf("GmbH")},
		{Name: "no such company", Job: missing, Want: "Refuse", Code: "company_not_found"},
	})
}

func nothingOf(words string) func(t *testing.T, a enrich.Answer) {
	return func(t *testing.T, a enrich.Answer) {
		for _, r := range a.(enrich.Done).Records {
			raw, _ := json.Marshal(r)
			if strings.Contains(string(raw), words) {
				t.Errorf("it was believed: %s", raw)
			}
		}
	}
}

// What the workspace's own invoices say comes before the site, and a person's
// value before both.
func TestOwnDocumentsComeFirst(t *testing.T) {
	w, kind := newKind(t)
	files, err := demo.Files()
	if err != nil {
		t.Fatal(err)
	}
	w.Settle(t, &extract.Invoice{Records: w.DB, Reader: w.Reader}, w.Add(t, "a.xml", files[0].Content))
	page, err := w.DB.ListCompanies(t.Context(), pgtest.Workspace, postgres.ListQuery{Size: 10})
	if err != nil || len(page.Records) == 0 {
		t.Fatal(err)
	}
	filled := 0
	for _, c := range page.Records {
		out := kindtest.Output(t, w.SettleTask(t, kind, enrich.Task{EntityType: record.EntityCompany, EntityID: c.ID}))
		after, err := w.DB.Company(t.Context(), pgtest.Workspace, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if after.Street != "" && out["street"] == after.Street {
			filled++
		}
	}
	if filled == 0 {
		t.Error("no address was taken from the invoice")
	}
}

type register struct{ entry *registry.Entry }

func (r register) Name() string                { return "vies" }
func (r register) Takes(c record.Company) bool { return c.TaxIDValue != "" }
func (r register) Look(context.Context, record.Company) (*registry.Entry, error) {
	return r.entry, nil
}

// A register that has another company under the number is not believed.
func TestRegisters(t *testing.T) {
	for name, believed := range map[string]bool{"Acme Maschinenbau GmbH": true, "Zoo Handlung Meier": false} {
		w, kind := newKind(t)
		kind.Registries = []company.Registry{register{&registry.Entry{Name: name, City: "Stuttgart", URL: "https://register.example/"}}}
		out := kindtest.Output(t, kind.Run(t.Context(), known(t, w, map[string]string{"name": "Acme Maschinenbau", "tax_id_value": "DE123456788"})))
		if (out["city"] == "Stuttgart") != believed {
			t.Errorf("%s: %v", name, out["city"])
		}
	}
}

type obedient struct{}

// Company does what a page might tell a model to: it invents, quotes what is not
// there, and fills what nobody asked for.
func (obedient) Company(context.Context, string, string, string, []string) ([]company.Proposal, int64, error) {
	return []company.Proposal{
		{Field: "trade_name", Value: "Huber", Quote: "Bäckerei Huber"},
		{Field: "email", Value: "evil@evil.com", Quote: "evil@evil.com"},
		{Field: "tax_id_value", Value: "DE811128135", Quote: "Huber"},
		{Field: "iban", Value: "Huber", Quote: "Huber"},
	}, 7, nil
}

// A model fills what is empty, out of words that stand there, and nothing else.
func TestModelIsBoundToQuotes(t *testing.T) {
	w, kind := newKind(t, replay.Page("huber.de", "/", "<p>Willkommen bei Bäckerei Huber</p>"))
	kind.Model = obedient{}
	answer := kind.Run(t.Context(), known(t, w, map[string]string{"name": "Huber", "domain": "huber.de"}))
	out := kindtest.Output(t, answer)
	if out["trade_name"] != "Huber" || out["email"] != nil || out["tax_id_value"] != nil || answer.(enrich.Done).CostMicros != 7 {
		t.Errorf("%v", out)
	}
	for _, f := range answer.(enrich.Done).Records[0].Fields {
		if f.Name == "trade_name" && (f.Origin != enrich.ByModel || f.Grade != enrich.Guess) {
			t.Errorf("%+v", f)
		}
	}
}
