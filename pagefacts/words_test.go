package pagefacts_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/enrichd/enrichd/blob"
	"github.com/enrichd/enrichd/extraction"
	"github.com/enrichd/enrichd/pagefacts"
	"github.com/enrichd/enrichd/reader"
)

// TestMain makes the test program the child, too, in which files are parsed.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "reader" {
		os.Exit(reader.Main(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// dataFolder is the folder of test data that is too large for the repository.
func dataFolder(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("ENRICHD_DATA")
	if dir == "" {
		dir = "../../shared/data"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the data folder is not at %s (set ENRICHD_DATA): nothing is measured", dir)
	}
	return dir
}

// library reads files through the ordinary road and keeps what was read in the
// user's cache, so that rules are measured without recognising pages again.
type library struct {
	reader *extraction.Reader
	blobs  *blob.Folder
}

func newLibrary(t testing.TB) library {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	blobs, err := blob.OpenFolder(filepath.Join(cache, "enrichd-figures"))
	if err != nil {
		t.Fatal(err)
	}
	var command []string
	if program := os.Getenv("ENRICHD_READER"); program != "" {
		command = []string{program, "reader"}
	}
	// What rules make of words is measured, not how fast those are recognised.
	pages := reader.New(reader.Options{Command: command, CacheDir: filepath.Join(cache, "enrichd-reader"), PageTimeout: 10 * time.Minute})
	t.Cleanup(pages.Close)
	return library{&extraction.Reader{Blobs: blobs, Cache: parses(filepath.Join(cache, "enrichd-figures")), Pages: pages}, blobs}
}

// read gives the parse of a file and its words; a file that the reader refuses has
// none.
func (l library) read(t testing.TB, path string) (*extraction.Document, pagefacts.Document) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	checksum, _, err := l.blobs.Put(t.Context(), bytes.NewReader(content), extraction.MaxContent)
	if err != nil {
		t.Fatal(err)
	}
	doc, _, err := l.reader.Read(t.Context(), checksum)
	var refused *reader.Error
	if errors.As(err, &refused) {
		t.Logf("REFUSED %s: %v", filepath.Base(path), refused)
		return &extraction.Document{}, pagefacts.Document{}
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	words, err := l.reader.Words(t.Context(), doc)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return doc, words
}

// parses keeps parses as files of a folder.
type parses string

func (p parses) path(checksum, parser, version string) string {
	return filepath.Join(string(p), parser+"-"+version+"-"+filepath.Base(checksum)+".json")
}

// Extraction reads a kept parse, nil for none.
func (p parses) Extraction(_ context.Context, checksum, parser, version string) ([]byte, error) {
	raw, err := os.ReadFile(p.path(checksum, parser, version))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return raw, err
}

// KeepExtraction writes a parse.
func (p parses) KeepExtraction(_ context.Context, checksum, parser, version string, result []byte) error {
	return os.WriteFile(p.path(checksum, parser, version), result, 0o600)
}

// recognition says whether sets of pictures are measured here, too: it takes
// minutes when nothing is cached. The tests of cmd/enrichd always measure them.
func recognition() bool { return os.Getenv("ENRICHD_FIGURES") != "" }
