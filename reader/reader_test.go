package reader

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asChild makes the test program be the child.
const asChild = "ENRICHD_TEST_READER"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" && len(os.Args) > 1 && os.Args[1] == "reader" {
		os.Exit(Main(os.Stdin, os.Stdout))
	}
	os.Setenv(asChild, "1")
	os.Exit(m.Run())
}

// newReader keeps compiled code beside other test programs' in the user's cache.
func newReader(t testing.TB, o Options) *Reader {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	o.CacheDir = filepath.Join(cache, "enrichd-reader")
	r := New(o)
	t.Cleanup(r.Close)
	return r
}

func codeOf(err error) string {
	var fault *Error
	if errors.As(err, &fault) {
		return fault.Code
	}
	return ""
}

// dataFolder is the folder of test data that is too large for the repository.
func dataFolder(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("ENRICHD_DATA")
	if folder == "" {
		folder = "../../shared/data"
	}
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("the data folder is not here (%v): set ENRICHD_DATA", err)
	}
	return folder
}

func needTesseract(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("tesseract"); err != nil {
		t.Skip("tesseract is not installed: apt-get install tesseract-ocr tesseract-ocr-eng")
	}
}

func mustPDF(t *testing.T, r *Reader, content []byte) *File {
	t.Helper()
	f, err := r.PDF(t.Context(), content)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// textsOf joins the words of a page.
func textsOf(words []Word) string {
	var texts []string
	for _, w := range words {
		texts = append(texts, w.Text)
	}
	return strings.Join(texts, " ")
}

// within reports whether a word's box is a given one, to a tolerance in points.
func within(w Word, x0, y0, x1, y1, tolerance float64) bool {
	return abs(w.X0-x0) < tolerance && abs(w.Y0-y0) < tolerance && abs(w.X1-x1) < tolerance && abs(w.Y1-y1) < tolerance
}

func TestWordsStandWhereTheyAreShown(t *testing.T) {
	r := newReader(t, Options{})
	upright := "BT /F1 24 Tf 0 1 -1 0 100 50 Tm (Hello world) Tj ET\n"
	for name, c := range map[string]struct {
		page, content  string
		width, height  float64
		x0, y0, x1, y1 float64 // of Hello: 54.7 wide, capitals 17.3 high in Helvetica 24
	}{
		"upright":             {"", at(24, 72, 700, "Hello world"), 612, 792, 73.8, 74.8, 125.7, 92.3},
		"with a crop box":     {"/CropBox[50 100 562 750]", at(24, 72, 700, "Hello world"), 512, 650, 23.8, 32.8, 75.7, 50.3},
		"turned, shown level": {"/Rotate 90", upright, 792, 612, 51.8, 82.8, 103.7, 100.3},
		"shown on its side":   {"/Rotate 90", at(24, 72, 700, "Hello world"), 792, 612, 699.7, 73.8, 717.2, 125.7},
		"on its head":         {"/Rotate 180", at(24, 72, 700, "Hello world"), 612, 792, 486.3, 699.7, 538.2, 717.2},
		"turned thrice":       {"/Rotate 270", at(24, 72, 700, "Hello world"), 792, 612, 74.8, 486.3, 92.3, 538.2},
	} {
		p := mustPDF(t, r, pagesPDF(c.page, c.content)).Pages[0]
		if p.Width != c.width || p.Height != c.height || textsOf(p.Words) != "Hello world" {
			t.Errorf("%s: %g × %g, %q", name, p.Width, p.Height, textsOf(p.Words))
			continue
		}
		if w := p.Words[0]; !within(w, c.x0, c.y0, c.x1, c.y1, 1.2) || w.FontSize < 23.9 || w.FontSize > 24.1 {
			t.Errorf("%s: %+v", name, w)
		}
		if p.Words[0].Line != 1 || p.Words[1].Line != 1 {
			t.Errorf("%s: two lines: %+v", name, p.Words)
		}
	}
}

func TestPagesAndTheirText(t *testing.T) {
	r := newReader(t, Options{})
	f := mustPDF(t, r, pagesPDF("", letter(), "", at(12, 72, 700, "Page two")))
	if len(f.Pages) != 3 || f.Kind != "pdf" {
		t.Fatalf("%+v", f)
	}
	first := f.Pages[0]
	if first.N != 1 || first.Source != "text_layer" || first.Grade != "excellent" || first.Language != "en" || first.NeedsOCR() {
		t.Errorf("first page: %+v", first)
	}
	if lines := strings.Split(first.Text, "\n"); !strings.HasPrefix(lines[0], "Invoice number 2026 for") {
		t.Errorf("text: %q", first.Text)
	}
	if p := f.Pages[1]; !p.Blank || p.Source != "none" || p.NeedsOCR() {
		t.Errorf("a blank page: %+v", p)
	}
	if p := f.Pages[2]; textsOf(p.Words) != "Page two" {
		t.Errorf("last page: %+v", p)
	}
}

// Programs place glyphs singly, print them twice for bold, and use ligatures.
func TestWordsFromTornGlyphs(t *testing.T) {
	r := newReader(t, Options{})
	torn := "BT /F1 12 Tf 1 0 0 1 72 700 Tm (T) Tj 1 0 0 1 79.3 700 Tm (o) Tj 1 0 0 1 86 700 Tm (t) Tj 1 0 0 1 89.3 700 Tm (a) Tj 1 0 0 1 96 700 Tm (l) Tj ET\n"
	for name, c := range map[string]struct{ content, want string }{
		"single glyphs":    {torn, "Total"},
		"printed twice":    {at(12, 72, 700, "Total") + at(12, 72.3, 700, "Total"), "Total"},
		"a row of cells":   {at(10, 400, 600, "12.50") + at(10, 72, 600, "Bread") + at(10, 300, 600, "4"), "Bread 4 12.50"},
		"lower line first": {at(12, 72, 600, "second") + at(12, 72, 700, "first"), "first second"},
		"beside the page":  {at(12, 72, 600, "seen") + at(12, 900, 600, "hidden"), "seen"},
	} {
		p := mustPDF(t, r, pagesPDF("", c.content)).Pages[0]
		if got := textsOf(p.Words); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestColumnsOfProseAreReadOneByOne(t *testing.T) {
	r := newReader(t, Options{})
	var b strings.Builder
	for i := range 6 {
		b.WriteString(at(10, 50, 700-float64(i)*14, "left words that make prose"))
		b.WriteString(at(10, 320, 700-float64(i)*14, "right words that make prose"))
	}
	text := textsOf(mustPDF(t, r, pagesPDF("", b.String())).Pages[0].Words)
	if last, first := strings.LastIndex(text, "left"), strings.Index(text, "right"); last > first {
		t.Errorf("the columns are mixed: %s", text)
	}
}

func TestAttachments(t *testing.T) {
	r := newReader(t, Options{})
	f := mustPDF(t, r, withAttachment("../x/factur-x.xml", "text/xml", "<a/>"))
	if len(f.Attachments) != 1 {
		t.Fatalf("%+v", f)
	}
	if a := f.Attachments[0]; a.Name != "factur-x.xml" || a.MimeType != "text/xml" || string(a.Content) != "<a/>" {
		t.Errorf("%+v", a)
	}
	f = mustPDF(t, r, withAttachment("big", "text/plain", strings.Repeat("x", maxAttachmentSize+1)))
	if len(f.Attachments) != 0 || f.Left != 1 {
		t.Errorf("%d attachments, %d left", len(f.Attachments), f.Left)
	}
}

func TestEncrypted(t *testing.T) {
	r := newReader(t, Options{})
	f := mustPDF(t, r, encryptedPDF(""))
	if !f.Encrypted || textsOf(f.Pages[0].Words) != "A secret without a password" {
		t.Errorf("with an empty password: %+v", f)
	}
	if _, err := r.PDF(t.Context(), encryptedPDF("hunter2")); codeOf(err) != CodeEncrypted {
		t.Errorf("with a password: %v", err)
	}
}

func TestNothingIsRead(t *testing.T) {
	r := newReader(t, Options{MaxPages: 2})
	loop := buildPDF("", catalogue, "<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>")
	millions := strings.Replace(string(pagesPDF("", letter())), "xref\n0 6", "xref\n0 1000000", 1)
	for name, c := range map[string]struct{ content, code string }{
		"nothing":               {"", CodeDamaged},
		"no PDF":                {"%PDF-1.7\nnothing", CodeDamaged},
		"a cut-off PDF":         {"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n", CodeDamaged},
		"a half PDF":            {string(pagesPDF("", letter())[:300]), CodeDamaged},
		"a loop of pages":       {string(loop), CodeTooManyPages},
		"three pages":           {string(pagesPDF("", "", "", "")), CodeTooManyPages},
		"claims of 10⁶ objects": {millions, ""},
	} {
		if _, err := r.PDF(t.Context(), []byte(c.content)); codeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
	}
}
