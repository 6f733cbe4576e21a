package console

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/demo"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/extract"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/preview"
	"github.com/enrichd/enrichd/reader"
	"github.com/enrichd/enrichd/record"
)

// The test program is also the child in which pages are read and drawn.
func TestMain(m *testing.M) { kindtest.Main(m) }

// library is a console over documents that were really read.
type library struct {
	bench
	*kindtest.Workspace
	pictures *preview.Previews
}

func openLibrary(t *testing.T) library {
	t.Helper()
	w := kindtest.NewWorkspace(t)
	drawer := reader.New(reader.Options{Command: kindtest.ReaderCommand(), CacheDir: kindtest.CacheDir()})
	t.Cleanup(drawer.Close)
	pictures := preview.New(preview.Options{Blobs: w.Blobs, Renderer: drawer})
	// The child has compiled its code when the first page is asked for.
	if err := drawer.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	handler := Handler(Options{Store: w.DB, Pictures: pictures, Workspace: pgtest.Workspace})
	return library{bench{T: t, db: w.DB, handler: handler}, w, pictures}
}

// read stores a file of the demo and reads it as an invoice, if no test has yet.
func (l library) read(prefix string) (doc record.Document, invoiceID string) {
	l.Helper()
	files, err := demo.Files()
	if err != nil {
		l.Fatal(err)
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name, prefix) {
			doc = l.Add(l.T, f.Name, f.Content)
			if l.reading(doc) == nil {
				l.Settle(l.T, &extract.Invoice{Records: l.DB, Reader: l.Reader}, doc)
			}
			return doc, record.DerivedID(pgtest.Workspace, record.EntityInvoice, doc.ID)
		}
	}
	l.Fatalf("the demo has no file %s", prefix)
	return doc, ""
}

// reading is the task that read a document; nil where none has.
func (l library) reading(doc record.Document) *enrich.Task {
	l.Helper()
	task, err := (&console{Options: Options{Store: l.DB}}).lastReading(l.Context(), pgtest.Workspace, doc.ID)
	if err != nil {
		l.Fatal(err)
	}
	return task
}

// boxIn finds the box of a field in a page: left, top, right, bottom.
func (l library) boxIn(body, field string) [4]float64 {
	l.Helper()
	number := `="(-?[0-9.]+)"`
	m := regexp.MustCompile(`id="box-` + regexp.QuoteMeta(field) + `"[^>]*><title>[^<]*</title>\s*<rect class="area" x` + number + ` y` + number + ` width` + number + ` height` + number).FindStringSubmatch(body)
	if m == nil {
		l.Fatalf("no box of %s in\n%s", field, body)
	}
	var n [4]float64
	for i := range n {
		n[i], _ = strconv.ParseFloat(m[i+1], 64)
	}
	return [4]float64{n[0], n[1], n[0] + n[2], n[1] + n[3]}
}

// near reports whether a box has a point in it and is no larger than a word or
// two around it.
func near(box [4]float64, x, y, reach float64) bool {
	return box[0] <= x && x <= box[2] && box[1] <= y && y <= box[3] && box[2]-box[0] < 8*reach && box[3]-box[1] < 2*reach
}

// One library serves these tests: to start readers takes longer than the tests.
func TestDocumentPages(t *testing.T) {
	l := openLibrary(t)
	for name, test := range map[string]func(library){
		"hybrid document": testHybridDocument, "scan": testScan, "pictures": testPictures, "keys": testKeys, "not shown": testNotShown,
	} {
		t.Run(name, func(t *testing.T) {
			l.T = t
			test(l)
		})
	}
}

func testHybridDocument(l library) {
	doc, invoiceID := l.read("09-")
	at := "/documents/" + doc.ID
	body := l.shows(at, `<svg viewBox="0 0 595.0 842.0"`, `src="`+at+`/pages/1"`, `alt="Page 1 of `+doc.Filename, `href="#field-grand_total"`, `id="field-grand_total"`,
		`href="#box-grand_total"`, "Verified", "100 %", "GrandTotalAmount", `class="box verified"`, "1\u202f023.24\u00a0EUR", `id="box-payment_means"`, `id="box-issuer.name"`)
	// The demo's layout: amounts end at 539 points, the total stands on the base line 476.
	if box := l.boxIn(body, "grand_total"); !near(box, 530, 472, 10) {
		l.Errorf("the total's box is %v", box)
	}
	if box := l.boxIn(body, "invoice_number"); !near(box, 150, 234, 15) {
		l.Errorf("the number's box is %v", box)
	}
	for _, one := range regexp.MustCompile(`href="#((?:box|field)-[^"]+)"`).FindAllStringSubmatch(body, -1) {
		if strings.Count(body, `id="`+one[1]+`"`) != 1 {
			l.Errorf("#%s leads to %d places", one[1], strings.Count(body, `id="`+one[1]+`"`))
		}
	}
	l.shows("/invoices/"+invoiceID, `href="`+at+`#box-grand_total"`, `href="`+at+`#box-issuer.name"`)
	l.shows("/tasks/"+l.reading(doc).ID, `href="`+at+`#box-grand_total"`)
}

// A box in a tilted scan stands on the page as people see it, tilted.
func testScan(l library) {
	doc, _ := l.read("10-")
	body := l.shows("/documents/"+doc.ID, "Two sources", `class="box corroborated"`)
	w := ask(l.handler, http.MethodGet, "/documents/"+doc.ID+"/pages/1", nil)
	img, _, err := image.Decode(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		l.Fatal(err)
	}
	width, height := 1239.0, 1754.0
	if got := float64(img.Bounds().Dy()) / float64(img.Bounds().Dx()); math.Abs(got-height/width) > .01 {
		l.Errorf("the picture is %v", img.Bounds())
	}
	// Where the demo's layout puts the words, at 150 dpi and turned by 1.3 degrees.
	sin, cos := math.Sincos(1.3 * math.Pi / 180)
	for field, p := range map[string][2]float64{"grand_total": {530, 472}, "issue_date": {155, 261}, "due_date": {160, 277}} {
		dx, dy := p[0]*150/72-width/2, p[1]*150/72-height/2
		x, y := width/2+dx*cos-dy*sin, height/2+dx*sin+dy*cos
		if box := l.boxIn(body, field); !near(box, x, y, 25) {
			l.Errorf("the box of %s is %v, its words stand at %.0f, %.0f", field, box, x, y)
		}
	}
}

func testPictures(l library) {
	doc, _ := l.read("09-")
	at := "/documents/" + doc.ID + "/pages/1"
	w := ask(l.handler, http.MethodGet, at, nil)
	img, kind, err := image.Decode(bytes.NewReader(w.Body.Bytes()))
	if err != nil || kind != "png" || img.Bounds().Dx() != preview.Width {
		l.Fatalf("%s %v %v", kind, img, err)
	}
	h := w.Header()
	if h.Get("Content-Type") != "image/png" || h.Get("Cache-Control") != "private, no-cache" || h.Get("ETag") == "" || h.Get("Content-Security-Policy") != policy {
		l.Errorf("headers %v", h)
	}
	again := ask(l.handler, http.MethodGet, at, nil, func(r *http.Request) { r.Header.Set("If-None-Match", h.Get("ETag")) })
	if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		l.Errorf("asked again: %d with %d bytes", again.Code, again.Body.Len())
	}
}

// A picture is shown to those alone who may see its document.
func testKeys(l library) {
	doc, _ := l.read("09-")
	if _, err := l.DB.EnsureWorkspace(l.Context(), "ws-other", "Other"); err != nil {
		l.Fatal(err)
	}
	h := Handler(Options{Store: l.DB, Pictures: l.pictures, FindKey: func(_ context.Context, key string) (postgres.Key, error) {
		if workspace := map[string]string{"mine": pgtest.Workspace, "foreign": "ws-other"}[key]; workspace != "" {
			return postgres.Key{WorkspaceID: workspace}, nil
		}
		return postgres.Key{}, enrich.Errorf("UNAUTHORIZED", "This API key is not known.")
	}})
	for key, want := range map[string]int{"": http.StatusSeeOther, "wrong": http.StatusSeeOther, "foreign": http.StatusNotFound, "mine": http.StatusOK} {
		if w := ask(h, http.MethodGet, "/documents/"+doc.ID+"/pages/1", nil, withKey(key)); w.Code != want {
			l.Errorf("with the key %q: %d", key, w.Code)
		}
	}
}

func testNotShown(l library) {
	pdf, _ := l.read("09-")
	broken := l.Add(l.T, "broken.pdf", []byte("%PDF-1.7\nthat was all"))
	xml, _ := l.read("01-")
	for _, c := range []struct{ path, words string }{
		{"/documents/" + pdf.ID + "?page=2", "It has one page, and no page 2."},
		{"/documents/" + broken.ID, "It is no whole PDF"},
	} {
		if body := l.shows(c.path, "is not shown", c.words); strings.Contains(body, "<img") || strings.Contains(body, "<svg viewBox=\"0 0 ") && strings.Contains(body, `class="box`) {
			l.Errorf("%s shows a picture", c.path)
		}
	}
	if body := l.shows("/documents/"+xml.ID, `id="field-grand_total"`, "PayableAmount", "Verified"); strings.Contains(body, "<img") || strings.Contains(body, `class="box`) {
		l.Error("XML shows a picture")
	}
	for path, want := range map[string]int{
		"/documents/" + pdf.ID + "?page=0": 400, "/documents/" + pdf.ID + "?page=-1": 400, "/documents/" + pdf.ID + "?page=x": 400, "/documents/" + pdf.ID + "/pages/2": 404,
		"/documents/" + pdf.ID + "/pages/x": 404, "/documents/" + xml.ID + "/pages/1": 404, "/documents/" + broken.ID + "/pages/1": 404, "/documents/nope/pages/1": 404, "/documents/%00/pages/1": 404,
	} {
		if status, _ := l.get(path); status != want {
			l.Errorf("GET %s: %d, want %d", path, status, want)
		}
	}
	none := Handler(Options{Store: l.DB, Workspace: pgtest.Workspace})
	if w := ask(none, http.MethodGet, "/documents/"+pdf.ID, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "does not draw pages") {
		l.Errorf("without pictures: %d", w.Code)
	}
}

// Boxes come from many kinds and from foreign databases: what is none is left out.
func TestBoxes(t *testing.T) {
	s := &sheet{Page: 1, Pages: 1, Width: 600, Height: 800}
	for i, bbox := range [][]float64{{10, 10, 50, 20}, {590, 790, 900, 900}, {-50, -5, 20, 8}, nil, {1, 2, 3}, {50, 10, 10, 20}, {700, 10, 800, 20}, {math.NaN(), 0, 1, 1}, {0, 0, math.Inf(1), 5}} {
		s.add(fieldRow{Name: fmt.Sprint("f", i), Number: i + 1, BBox: bbox, Grade: enrich.Single})
	}
	s.label()
	if len(s.Boxes) != 4 {
		t.Fatalf("%d boxes: %+v", len(s.Boxes), s.Boxes)
	}
	for _, b := range s.Boxes {
		if b.X < -2 || b.Y < -2 || b.X+b.W > 602 || b.Y+b.H > 802 || b.TagX < 0 || b.TagY < 0 || b.TagX+b.TagW > 600 || b.TagY+b.TagH > 800 {
			t.Errorf("%+v leaves the page", b)
		}
	}
	for range 2 * maxBoxes {
		s.add(fieldRow{BBox: []float64{1, 1, 2, 2}})
	}
	if s.label(); len(s.Boxes) != maxBoxes {
		t.Errorf("%d boxes", len(s.Boxes))
	}
}

// Labels hide neither the boxes nor each other, where there is room for them.
func TestLabels(t *testing.T) {
	s := &sheet{Page: 1, Pages: 1, Width: 600, Height: 800}
	for i, bbox := range [][]float64{{100, 100, 180, 110}, {100, 100, 180, 110}, {60, 100, 98, 110}, {0, 300, 90, 310}, {500, 300, 600, 312}} {
		s.add(fieldRow{Number: i + 9, BBox: bbox})
	}
	s.label()
	for i, b := range s.Boxes {
		if s.taken(i, b.TagX, b.TagY) {
			t.Errorf("the label of %+v hides something", b)
		}
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{"grand_total": "grand_total", "issuer.name": "issuer.name", `a" onload=`: "a--onload-", "É 1": "--1"} {
		if got := (fieldRow{Name: name}).Slug(); got != want {
			t.Errorf("%q is %q", name, got)
		}
	}
}
