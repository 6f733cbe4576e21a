package ocr_test

import (
	"os"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/demo"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/kind/ocr"
	"github.com/enrichd/enrichd/record"
)

func TestMain(m *testing.M) { kindtest.Main(m) }

func TestContract(t *testing.T) {
	w := kindtest.NewWorkspace(t)
	kind := &ocr.Kind{Documents: w.DB, Reader: w.Reader}
	files, err := demo.Files()
	if err != nil {
		t.Fatal(err)
	}
	job := func(name, content string) enrich.Job {
		return w.Job(enrich.OCRExtract, w.Add(t, name, []byte(content)))
	}
	ubl, order, cut := string(files[0].Content), string(files[6].Content), string(files[7].Content)
	missing := w.Job(enrich.OCRExtract, record.Document{ID: "no-such-document"})
	company := missing
	company.Task.EntityType = record.EntityCompany
	lost := job("lost.xml", ubl+" ")
	removeContents(t, w, lost)

	kindtest.Run(t, kind, []kindtest.Case{
		{Name: "a UBL invoice", Job: job("ubl.xml", ubl), Want: "Done", Check: func(t *testing.T, a enrich.Answer) {
			out := kindtest.Output(t, a)
			if out["document_type"] != "380" || out["route"] != "xml" {
				t.Errorf("output %v", out)
			}
			if o := a.(enrich.Done).Occasions; len(o) != 1 || o[0].Channel != enrich.OCRCompletion {
				t.Errorf("occasions %+v", o)
			}
		}},
		{Name: "a CII invoice with a wrong name", Job: job("scan.pdf", string(files[4].Content)), Want: "Done"},
		{Name: "a byte order mark", Job: job("bom.xml", "\ufeff"+ubl), Want: "Done"},
		{Name: "another XML", Job: job("order.xml", order), Want: "Refuse", Code: "unknown_format"},
		{Name: "a PDF named .xml", Job: job("a.xml", "%PDF-1.7\n…"), Want: "Fail", Code: "damaged"},
		{Name: "a web page", Job: job("order.html", `<!DOCTYPE html><p>Invoice no. 7 of 1 March 2026</p><table><tr><td>Total<td>10.00 EUR</table>`), Want: "Done", Check: func(t *testing.T, a enrich.Answer) {
			if out := kindtest.Output(t, a); out["route"] != "text_layer" || out["page_count"] != 1.0 {
				t.Errorf("output %v", out)
			}
			if o := a.(enrich.Done).Occasions; len(o) != 1 {
				t.Errorf("occasions %+v", o)
			}
		}},
		{Name: "a web page of nothing", Job: job("empty.html", "<html></html>"), Want: "Done"},
		{Name: "a web page without end", Job: job("deep.html", "<html>"+strings.Repeat("<div>", 100_000)), Want: "Fail", Code: "resource_limit"},
		{Name: "JSON", Job: job("a.json", `{"invoice": 1}`), Want: "Refuse", Code: "unsupported_format"},
		{Name: "an empty file", Job: job("empty.xml", ""), Want: "Fail", Code: "not_xml"},
		{Name: "a cut-off file", Job: job("cut.xml", cut), Want: "Fail", Code: "malformed"},
		{Name: "a document type declaration", Job: job("dtd.xml", `<!DOCTYPE a [<!ENTITY b "c">]>`+ubl[strings.Index(ubl, "<Invoice"):]), Want: "Fail", Code: "doctype"},
		{Name: "two roots", Job: job("two.xml", ubl+ubl[strings.Index(ubl, "<Invoice"):]), Want: "Fail", Code: "trailing_content"},
		{Name: "200,000 levels", Job: job("deep.xml", strings.Repeat("<a>", 200_000)), Want: "Fail", Code: "too_deep"},
		{Name: "a NUL", Job: job("nul.xml", strings.Replace(ubl, "2026-0871", "2026\x00", 1)), Want: "Fail"},
		{Name: "no such document", Job: missing, Want: "Refuse", Code: "document_not_found"},
		{Name: "not a document", Job: company, Want: "Refuse", Code: "not_a_document"},
		{Name: "its content is gone", Job: lost, Want: "Fail", Code: "content_missing"},
	})
}

// removeContents takes the stored content of a job's document away.
func removeContents(t *testing.T, w *kindtest.Workspace, job enrich.Job) {
	t.Helper()
	doc, err := w.DB.Document(t.Context(), job.Task.WorkspaceID, job.Task.EntityID)
	if err != nil {
		t.Fatal(err)
	}
	file, err := w.Blobs.Open(t.Context(), doc.Checksum)
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	if err := os.Remove(file.(*os.File).Name()); err != nil {
		t.Fatal(err)
	}
}

// The parse is kept, and taken from the cache the second time.
func TestParseIsCached(t *testing.T) {
	w := kindtest.NewWorkspace(t)
	files, err := demo.Files()
	if err != nil {
		t.Fatal(err)
	}
	kind := &ocr.Kind{Documents: w.DB, Reader: w.Reader}
	job := w.Job(enrich.OCRExtract, w.Add(t, "a.xml", files[0].Content))
	for i, want := range []string{"miss", "hit"} {
		out := kindtest.Output(t, kind.Run(t.Context(), job))
		if got := out["parser"].(map[string]any)["cache"]; got != want {
			t.Errorf("run %d: cache %v, want %s", i+1, got, want)
		}
	}
}
