package extract_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/demo"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/extract"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// bench is the demo's company in a workspace of its own.
type bench struct {
	*kindtest.Workspace
	kind  *extract.Invoice
	files map[string][]byte
}

func setup(t *testing.T) bench {
	t.Helper()
	w := kindtest.NewWorkspace(t)
	if err := w.DB.SetOwnCompany(t.Context(), pgtest.Workspace, demo.Company(pgtest.Workspace)); err != nil {
		t.Fatal(err)
	}
	list, err := demo.Files()
	if err != nil {
		t.Fatal(err)
	}
	b := bench{Workspace: w, kind: &extract.Invoice{Records: w.DB, Reader: w.Reader}, files: map[string][]byte{}}
	for _, f := range list {
		b.files[f.Name] = f.Content
	}
	return b
}

const flour, credit, power, slip, oven, sale, hybrid = "01-moulin-2026-0871.xml", "02-moulin-avoir-0093.xml", "03-electricite-octobre.xml",
	"04-papeterie-erreur-tva.xml", "05-hofmann-ofenbau-RE-20261017.xml", "06-martin-vente-traiteur-F-311.xml", "09-martin-vente-hotel-F-312.pdf"

func (b bench) job(t *testing.T, name string, content []byte) enrich.Job {
	return b.Job(enrich.AIInvoice, b.Add(t, name, content))
}

func TestMain(m *testing.M) { kindtest.Main(m) }

func TestContract(t *testing.T) {
	b := setup(t)
	flourJob := b.job(t, flour, b.files[flour])
	only := flourJob
	only.Task.TargetFields = []string{"invoice_number"}
	kindtest.Run(t, b.kind, []kindtest.Case{
		{Name: "UBL invoice", Job: flourJob, Want: "Done", Check: checkFlour},
		{Name: "only one field", Job: only, Want: "Done", Check: func(t *testing.T, a enrich.Answer) {
			for _, f := range a.(enrich.Done).Records[len(a.(enrich.Done).Records)-1].Fields {
				if f.Name == "grand_total" {
					t.Error("a field that was not asked for is written")
				}
			}
		}},
		{Name: "UBL credit note", Job: b.job(t, credit, b.files[credit]), Want: "Done", Check: func(t *testing.T, a enrich.Answer) {
			out := kindtest.Output(t, a)
			if out["document_type_code"] != "381" || out["is_credit_note"] != true || out["preceding_invoice"] != "2026-0871" {
				t.Errorf("output %v", out)
			}
		}},
		{Name: "CII with reverse charge", Job: b.job(t, oven, b.files[oven]), Want: "Done", Check: func(t *testing.T, a enrich.Answer) {
			if out := kindtest.Output(t, a); out["tax_total"] != "0.00" || out["grand_total"] != "867.00" || failed(out) != "" {
				t.Errorf("output %v, failed checks %s", out, failed(out))
			}
		}},
		{Name: "wrong tax total", Job: b.job(t, slip, b.files[slip]), Want: "Done", Check: func(t *testing.T, a enrich.Answer) {
			if got := failed(kindtest.Output(t, a)); !strings.Contains(got, "tax_sum") {
				t.Errorf("failed checks: %s", got)
			}
		}},
		{Name: "own sale", Job: b.job(t, sale, b.files[sale]), Want: "Done", Check: func(t *testing.T, a enrich.Answer) {
			out := kindtest.Output(t, a)
			if out["direction"] != "outbound" || out["issuer"].(map[string]any)["is_own_company"] != true {
				t.Errorf("direction %v, issuer %v", out["direction"], out["issuer"])
			}
		}},
		{Name: "XML and page agree", Job: b.job(t, hybrid, b.files[hybrid]), Want: "Done", Check: checkHybrid},
		{Name: "XML and page disagree", Job: b.job(t, hybrid, bytes.Replace(b.files[hybrid], []byte(">1023.24<"), []byte(">1032.24<"), 1)), Want: "Ask", Check: func(t *testing.T, a enrich.Answer) {
			var out map[string]any
			if err := json.Unmarshal(a.(enrich.Ask).Output, &out); err != nil || len(provenance(out, "grand_total")) != 1 || len(provenance(out, "tax_total")) != 2 {
				t.Errorf("%v: %v", err, out)
			}
		}},
		{Name: "a shopping list", Job: b.job(t, "list.txt", []byte("milk, eggs")), Want: "Refuse", Code: "not_an_invoice"},
		{Name: "an order", Job: b.job(t, "o.xml", b.files["07-bon-de-commande.xml"]), Want: "Refuse", Code: "not_an_invoice"},
		{Name: "a cut-off invoice", Job: b.job(t, "c.xml", b.files["08-scan-abime.xml"]), Want: "Fail", Code: "malformed"},
		{Name: "no such document", Job: b.Job(enrich.AIInvoice, record.Document{ID: "none"}), Want: "Refuse", Code: "document_not_found"},
	})
}

// A value of the XML says where the page shows it, too.
func checkHybrid(t *testing.T, a enrich.Answer) {
	out := kindtest.Output(t, a)
	for _, name := range []string{"invoice_number", "issue_date", "due_date", "items_total", "tax_total", "grand_total", "issuer.name", "receiver.name", "issuer.tax_id_value"} {
		list := provenance(out, name)
		if len(list) != 2 {
			t.Errorf("%s stands in %v", name, list)
			continue
		}
		xml, page := list[0].(map[string]any), list[1].(map[string]any)
		ref := page["ref"].(map[string]any)
		if xml["ref"].(map[string]any)["path"] == nil || ref["page"] != 1.0 || len(ref["bbox"].([]any)) != 4 || page["quote"] == "" {
			t.Errorf("%s stands in %v and %v", name, xml, page)
		}
	}
}

func provenance(out map[string]any, name string) []any {
	return out["_fields"].(map[string]any)[name].(map[string]any)["provenance"].([]any)
}

func checkFlour(t *testing.T, a enrich.Answer) {
	out := kindtest.Output(t, a)
	for name, want := range map[string]any{
		"invoice_number": "2026-0871", "document_type_code": "380", "issue_date": "2026-10-03", "due_date": "2026-11-02",
		"local_currency": "EUR", "items_total": "698.00", "tax_total": "43.47", "grand_total": "741.47", "balance_due": "741.47",
		"order_reference": "BM-1042", "payment_reference": "2026-0871", "buyer_reference": nil, "direction": "inbound", "route": "xml",
	} {
		if out[name] != want {
			t.Errorf("%s is %v, want %v", name, out[name], want)
		}
	}
	field := out["_fields"].(map[string]any)["grand_total"].(map[string]any)
	path := field["provenance"].([]any)[0].(map[string]any)["ref"].(map[string]any)["path"].(string)
	if field["grade"] != "verified" || !strings.HasSuffix(path, "cbc:TaxInclusiveAmount") {
		t.Errorf("grand_total is %v, from %s", field["grade"], path)
	}
	if n := len(out["invoice_items"].([]any)); n != 3 {
		t.Errorf("%d lines", n)
	}
	if got := failed(out); got != "" {
		t.Errorf("failed checks: %s", got)
	}
}

// failed lists the codes of the checks that fail.
func failed(out map[string]any) string {
	var codes []string
	for _, c := range out["_checks"].([]any) {
		if c := c.(map[string]any); c["status"] == "fail" {
			codes = append(codes, c["code"].(string))
		}
	}
	return strings.Join(codes, " ")
}

// What was read stands on the records, once, however often it is read.
func TestRecordsAreWrittenOnce(t *testing.T) {
	b := setup(t)
	doc := b.Add(t, flour, b.files[flour])
	b.Settle(t, b.kind, doc)
	b.Settle(t, b.kind, doc)
	invoices, err := b.DB.Invoices(t.Context(), pgtest.Workspace, 10)
	if err != nil || len(invoices) != 1 {
		t.Fatalf("%d invoices: %v", len(invoices), err)
	}
	inv, err := b.DB.Invoice(t.Context(), pgtest.Workspace, invoices[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if inv.GrandTotal != "741.47" || inv.DueDate != "2026-11-02" || inv.IssuerName != "Moulin des Étoiles SARL" || inv.ReceiverName != demo.WorkspaceName ||
		inv.Direction != "inbound" || len(inv.Items) != 3 || inv.Items[0].Quantity != "24" {
		t.Errorf("invoice %+v", inv)
	}
	companies, err := b.DB.CompaniesLike(t.Context(), pgtest.Workspace, "", "Moulin des Étoiles SARL")
	if err != nil || len(companies) != 1 || companies[0].TaxIDType != "eu_vat" {
		t.Errorf("companies %+v, %v", companies, err)
	}
}

// Another file with the same number from the same issuer is seen as a
// duplicate; an unknown account on it raises the alarm.
func TestDuplicatesAndChangedAccounts(t *testing.T) {
	b := setup(t)
	b.Settle(t, b.kind, b.Add(t, flour, b.files[flour]))
	b.Settle(t, b.kind, b.Add(t, power, b.files[power]))
	changed := strings.Replace(string(b.files[flour]), "FR7630041009120004821337720", "DE95500700240931882700", 1)
	out := kindtest.Output(t, b.Settle(t, b.kind, b.Add(t, "again.xml", []byte(changed))))
	if n := len(out["duplicates"].([]any)); n != 1 {
		t.Errorf("%d duplicates", n)
	}
	if got := failed(out); got != "iban_changed_for_known_supplier not_a_duplicate" {
		t.Errorf("failed checks: %q", got)
	}
}

// The own company is found by its tax id under any name, and nothing that a
// document says of it is written on it.
func TestOwnCompanyIsNeverItsSupplier(t *testing.T) {
	b := setup(t)
	renamed := strings.ReplaceAll(string(b.files[sale]), "Boulangerie Martin SAS", "B. MARTIN")
	out := kindtest.Output(t, b.Settle(t, b.kind, b.Add(t, "renamed.xml", []byte(renamed))))
	issuer := out["issuer"].(map[string]any)
	if issuer["is_own_company"] != true || issuer["match"] != "tax_id" {
		t.Errorf("issuer %v", issuer)
	}
	own, err := b.DB.OwnCompanies(t.Context(), pgtest.Workspace)
	if err != nil || len(own) != 1 || own[0].Name != demo.WorkspaceName {
		t.Errorf("own companies %+v, %v", own, err)
	}
}
