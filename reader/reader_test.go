package reader

import (
	"errors"
	"os"
	"path/filepath"
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
	if err := r.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNothingIsRead(t *testing.T) {
	r := newReader(t, Options{MaxPages: 2})
	for name, c := range map[string]struct{ content, code string }{
		"no PDF": {"%PDF-1.7\nnothing", CodeDamaged}, "a cut-off PDF": {"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n", CodeDamaged},
	} {
		if _, err := r.PDF(t.Context(), []byte(c.content)); codeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Image(t.Context(), []byte("\x89PNG\r\n\x1a\nxx")); codeOf(err) != CodeDamaged {
		t.Errorf("a cut-off PNG: %v", err)
	}
}

func codeOf(err error) string {
	var fault *Error
	if errors.As(err, &fault) {
		return fault.Code
	}
	return ""
}
