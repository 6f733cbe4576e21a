package console

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	devtools "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// Pictures that attack whoever looks at them, opened in the console: no script
// runs, and nothing but the console is asked for anything.
func TestHostilePicturesInChromium(t *testing.T) {
	in := chromium(t)
	l := openLibrary(t)
	// Whoever comes here was led by a picture.
	var led atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { led.Add(1) }))
	t.Cleanup(trap.Close)
	trap.Config.ConnState = func(net.Conn, http.ConnState) { led.Add(1) }
	tab := openTab(t, in, Handler(Options{Store: l.DB, Pictures: l.pictures, Contents: l.Blobs, Workspace: pgtest.Workspace}))
	tab.watchScripts()
	for name, content := range attacks(t, trap.URL) {
		doc := l.store(name, content)
		at := "/documents/" + doc.ID
		for _, path := range []string{at, at + "/pages/1", "/logos/" + strings.TrimPrefix(doc.Checksum, "sha256:")} {
			tab.visit(path)
			if ran := evaluate[string](tab, "window.ran ?? ''"); ran != "" {
				t.Errorf("%s: %s ran a script: %s", path, name, ran)
			}
			if foreign := tab.foreign(); len(foreign) > 0 {
				t.Errorf("%s: %s asks others: %v", path, name, foreign)
			}
		}
	}
	if n := led.Load(); n > 0 {
		t.Errorf("%d connections were led elsewhere", n)
	}
	// The watch itself must see a script that runs.
	evil := openTab(t, in, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = w.Write([]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert('seen')"><image href="` + trap.URL + `"/></svg>`))
	}))
	evil.watchScripts()
	evil.visit("/")
	if ran := evaluate[string](evil, "window.ran ?? ''"); ran != "seen" || len(evil.foreign()) != 1 {
		t.Errorf("of a script that runs and asks others is seen: %q, %v", ran, evil.foreign())
	}
}

// watchScripts marks a page in which what attacks call is called.
func (b browser) watchScripts() {
	b.Helper()
	call(b, "watch", func() error {
		_, err := chromedp.Call(b.tab, devtools.AddScriptToEvaluateOnNewDocument, devtools.AddScriptToEvaluateOnNewDocumentParams{
			Source: `for (const f of ["alert", "prompt", "confirm", "print"]) window[f] = (x) => { top.ran = String(x ?? f); };`,
		})
		return err
	})
}

// store keeps a content as a document of the type that its name claims, which is
// the worst that an upload may come to.
func (l library) store(name string, content []byte) record.Document {
	l.Helper()
	checksum, size, err := l.Blobs.Put(l.Context(), strings.NewReader(string(content)), 1<<26)
	if err != nil {
		l.Fatal(err)
	}
	mime := map[string]string{".svg": "image/svg+xml", ".svgz": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".htm": "text/html", ".xhtml": "application/xhtml+xml"}[filepath.Ext(name)]
	doc, _, err := l.DB.AddDocument(context.Background(), pgtest.Workspace, record.Document{Filename: name, MimeType: or(mime, "application/octet-stream"), Size: size, Checksum: checksum},
		func(record.Document) enrich.Occasion { return enrich.Occasion{} }, func(enrich.Occasion) ([]enrich.Request, error) { return nil, nil })
	if err != nil {
		l.Fatal(err)
	}
	return doc
}

// attacks are contents by name: ours, and those of the shared data where it lies
// beside the checkout (with ENRICHD_FIGURES; a few of them without).
func attacks(t *testing.T, away string) map[string][]byte {
	t.Helper()
	svg := func(inside string) []byte {
		return []byte(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">` + inside + `</svg>`)
	}
	list := map[string][]byte{
		"script.svg":                         svg(`<script>alert(1)</script>`),
		"onload.svg":                         []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`),
		"foreign.svg":                        svg(`<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><iframe src="` + away + `"/><img src="x" onerror="alert(1)"/></body></foreignObject>`),
		"image.svg":                          svg(`<image xlink:href="` + away + `/x.png" width="9" height="9"/>`),
		"style.svg":                          svg(`<style>@import url("` + away + `/x.css");</style>`),
		"svg-as-picture.png":                 []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`),
		"page-as-photo.jpg":                  []byte(`<html><script>alert(1)</script><img src="` + away + `">`),
		"page.htm":                           []byte(`<html><script>alert(1)</script><img src="` + away + `">`),
		`"><img src=x onerror=alert(1)>.png`: []byte("\x89PNG\r\n\x1a\n<script>alert(1)</script>"),
	}
	found, err := filepath.Glob("../../shared/data/badinput/svg-xss/patt/*")
	if err != nil {
		t.Fatal(err)
	}
	if folder := os.Getenv("ENRICHD_DATA"); folder != "" {
		found, _ = filepath.Glob(filepath.Join(folder, "badinput/svg-xss/patt/*"))
	}
	for i, file := range found {
		if os.Getenv("ENRICHD_FIGURES") == "" && i%4 != 0 {
			continue
		}
		if list[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d pictures", len(list))
	return list
}
