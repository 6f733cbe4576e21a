package docs_test

import (
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/docs"
)

// Every page is served, links only to what there is, and runs nothing.
func TestPages(t *testing.T) {
	h, err := docs.Handler()
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w
	}
	pages, err := docs.Pages()
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string]int{}
	paths := []string{docs.Path}
	for _, p := range pages {
		folders[p.Folder]++
		paths = append(paths, p.Path())
		if raw := get(p.Path() + ".md"); raw.Code != 200 || raw.Body.String() != string(p.Source) {
			t.Errorf("%s.md: %d", p.Path(), raw.Code)
		}
	}
	if len(folders) != 4 {
		t.Errorf("folders: %v", folders)
	}
	for _, path := range paths {
		w := get(path)
		html := w.Body.String()
		if w.Code != 200 || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") || strings.Count(html, "<h1") != 1 || regexp.MustCompile(`<script| style=| on\w+=`).MatchString(html) {
			t.Errorf("%s: %d %.200s", path, w.Code, html)
		}
		for _, m := range regexp.MustCompile(`href="([^"#]+)`).FindAllStringSubmatch(html, -1) {
			to := m[1]
			if strings.Contains(to, "://") {
				continue
			}
			if !strings.HasPrefix(to, "/") {
				// As a browser resolves it: .. leads out of the folder.
				at, err := (&url.URL{Path: path}).Parse(to)
				if err != nil {
					t.Errorf("%s links to %q: %v", path, m[1], err)
					continue
				}
				to = at.Path
			}
			if strings.HasPrefix(to, docs.Path) && to != "/docs/api" && get(to).Code != 200 {
				t.Errorf("%s links to %s, which is not there", path, m[1])
			}
		}
	}
	if get("/docs/nowhere").Code != 404 {
		t.Error("a page that is not there is served")
	}
}
