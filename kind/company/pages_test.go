package company_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/demo"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/company"
	"github.com/enrichd/enrichd/kind/extract"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// printedLine is a text on a page: points from its left and from its top.
type printedLine struct {
	x, y float64
	text string
}

// printedPage is a PDF of one A4 page without XML.
func printedPage(lines ...printedLine) []byte {
	var content bytes.Buffer
	for _, l := range lines {
		text := strings.NewReplacer(`\`, `\\`, `(`, `\(`, `)`, `\)`).Replace(l.text)
		fmt.Fprintf(&content, "BT /F1 9 Tf %g %g Td (", l.x, 842-l.y)
		for _, r := range text {
			content.WriteByte(byte(r)) // Latin-1, which WinAnsi holds
		}
		content.WriteString(") Tj ET\n")
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n")
	var at []int
	for n, object := range []string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%sendstream", content.Len(), content.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
	} {
		at = append(at, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", n+1, object)
	}
	from := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&out, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, from)
	return out.Bytes()
}

// letter is an invoice on paper to the demo's company, with a letterhead and a foot of
// three columns.
func letter(seller string, foot ...printedLine) []byte {
	own := demo.Company(pgtest.Workspace)
	lines := []printedLine{
		{60, 50, seller},
		{60, 118, "Rechnung an:"},
		{60, 130, own.Name},
		{60, 142, "12 rue du Four"},
		{60, 154, "69002 Lyon"},
		{60, 240, "Rechnung"},
		{60, 262, "Rechnungsnummer: 2026-4711"},
		{60, 276, "Rechnungsdatum: 05.10.2026"},
		{60, 330, "Wartung der Knetmaschine"},
		{480, 330, "1.000,00"},
		{60, 380, "Nettobetrag"},
		{480, 380, "1.000,00 EUR"},
		{60, 394, "Umsatzsteuer 19 %"},
		{480, 394, "190,00 EUR"},
		{60, 408, "Gesamtbetrag"},
		{480, 408, "1.190,00 EUR"},
	}
	return printedPage(append(lines, foot...)...)
}

func footOf(name, vat string) []printedLine {
	return []printedLine{
		{60, 770, name},
		{60, 782, "Lange Straße 12"},
		{60, 794, "70173 Stuttgart"},
		{240, 770, "Tel. 0711 1234567"},
		{240, 782, "info@acme-bau.de"},
		{240, 794, "Amtsgericht Stuttgart, HRB 12345"},
		{420, 770, "USt-IdNr.: " + vat},
		{420, 782, "IBAN DE89 3704 0044 0532 0130 00"},
	}
}

// settled reads letters as invoices and looks up the company of a name.
func settled(t *testing.T, name string, letters ...[]byte) (map[string]any, enrich.Answer) {
	t.Helper()
	w := kindtest.NewWorkspace(t)
	if err := w.DB.SetOwnCompany(t.Context(), pgtest.Workspace, demo.Company(pgtest.Workspace)); err != nil {
		t.Fatal(err)
	}
	for n, content := range letters {
		w.Settle(t, &extract.Invoice{Records: w.DB, Reader: w.Reader}, w.Add(t, fmt.Sprintf("letter-%d.pdf", n), content))
	}
	page, err := w.DB.ListCompanies(t.Context(), pgtest.Workspace, postgres.ListQuery{Size: 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range page.Records {
		if strings.Contains(c.Name, name) {
			answer := w.SettleTask(t, &company.Kind{Records: w.DB, Reader: w.Reader}, enrich.Task{EntityType: "company", EntityID: c.ID})
			return kindtest.Output(t, answer), answer
		}
	}
	t.Fatalf("no company %q among %+v", name, page.Records)
	return nil, nil
}

// The head and the foot of the company's own letters say who it is, each value with
// the words and the box that it stands in.
func TestLettersSayWhoWrote(t *testing.T) {
	out, _ := settled(t, "Acme", letter("Acme Maschinenbau GmbH", footOf("Acme Maschinenbau GmbH", "DE123456788")...))
	for name, want := range map[string]any{
		"registered_name": "Acme Maschinenbau GmbH", "tax_id_value": "DE123456788", "tax_id_type": "eu_vat", "street": "Lange Straße 12", "postal_code": "70173", "city": "Stuttgart",
		"country": "DE", "email": "info@acme-bau.de", "phone": "+497111234567", "registration_number": "HRB 12345", "registration_court": "Amtsgericht Stuttgart",
	} {
		if out[name] != want {
			t.Errorf("%s is %v, want %v", name, out[name], want)
			continue
		}
		field := out["_fields"].(map[string]any)[name].(map[string]any)
		first := field["provenance"].([]any)[0].(map[string]any)
		ref, _ := first["ref"].(map[string]any)
		box, _ := ref["bbox"].([]any)
		if first["origin"] != "rule" || first["method"] != "rule" || first["quote"] == "" || ref["page"] != 1.0 || len(box) != 4 || ref["entity_type"] != "document" {
			t.Errorf("%s stands in %v", name, first)
		}
		if grade := field["grade"]; (grade == "verified") != strings.HasPrefix(name, "tax_id") {
			t.Errorf("%s is %v", name, grade)
		}
	}
}

// Of a letter whose foot is somebody else's nothing is taken but the name that its own
// head shows: an address belongs to the name above it.
func TestLettersOfOthers(t *testing.T) {
	out, _ := settled(t, "Acme", letter("Acme Maschinenbau GmbH", footOf("Zoohandlung Meier e.K.", "DE12345678X")...))
	for _, name := range []string{"street", "postal_code", "city", "tax_id_value"} {
		if out[name] != nil {
			t.Errorf("%s is %v", name, out[name])
		}
	}
	// The one who got the letter learns nothing about itself from it.
	out, answer := settled(t, "Boulangerie", letter("Acme Maschinenbau GmbH", footOf("Acme Maschinenbau GmbH", "DE123456788")...))
	if raw := fmt.Sprint(out); strings.Contains(raw, "Stuttgart") || strings.Contains(raw, "HRB") {
		t.Errorf("the receiver: %+v", answer)
	}
}
