package company

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// TestFiguresLetters reads the pages of PDFs with an electronic invoice attached as if
// it were not there, knowing the seller's name alone, and compares what they say of the
// seller with the XML, as far as the page shows that.
func TestFiguresLetters(t *testing.T) {
	folder := os.Getenv("ENRICHD_DATA")
	if folder == "" {
		folder = "../../../shared/data"
	}
	files, err := filepath.Glob(filepath.Join(folder, "einvoice", "files", "*.pdf"))
	if err != nil || len(files) == 0 {
		t.Skip("no shared data folder")
	}
	w := kindtest.NewWorkspace(t)
	shown, answered, right, letters := map[string]int{}, map[string]int{}, map[string]int{}, 0
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		doc := w.Add(t, filepath.Base(name), content)
		parsed, _, err := w.Reader.Read(t.Context(), doc.Checksum)
		if err != nil || parsed.Invoice == nil {
			continue
		}
		seller := parsed.Invoice.Seller
		parsed.Invoice = nil
		words, err := w.Reader.Words(t.Context(), parsed)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, p := range words.Pages {
			for _, word := range p.Words {
				text.WriteString(word.Text)
			}
		}
		visible := squeeze(text.String())
		s := &study{kind: &Kind{Records: w.DB, Reader: w.Reader}, task: enrich.Task{WorkspaceID: pgtest.Workspace}, known: record.Company{ID: "c", Name: seller.Name.Value}, fields: map[string]*finding{}}
		if err := s.paper(t.Context(), doc, parsed); err != nil {
			t.Fatal(err)
		}
		letters++
		for field, want := range map[string]string{
			"registered_name": seller.Name.Value, "tax_id_value": seller.VATID.Value, "street": seller.Street.Value, "postal_code": seller.PostalCode.Value, "city": seller.City.Value,
		} {
			if want == "" || !strings.Contains(visible, squeeze(want)) {
				continue
			}
			shown[field]++
			got := s.found(field)
			if got == "" {
				continue
			}
			answered[field]++
			if squeeze(got) == squeeze(want) {
				right[field]++
			} else {
				t.Logf("MISS %s: %s is %q, the XML has %q", filepath.Base(name), field, got, want)
			}
		}
	}
	all, given, good := 0, 0, 0
	for field := range shown {
		t.Logf("%s: %d shown, %d answered, %d right", field, shown[field], answered[field], right[field])
		all, given, good = all+shown[field], given+answered[field], good+right[field]
	}
	t.Logf("FIGURE letters: %d, %d fields shown, %d answered, %d right", letters, all, given, good)
	if given > 0 && good*100 < given*90 {
		t.Errorf("%d of %d answers are right", good, given)
	}
}

// squeeze leaves letters and digits.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
