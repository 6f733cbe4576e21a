package preview

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enrichd/enrichd/blob"
	"github.com/enrichd/enrichd/reader"
)

// The test program is also the child in which pages are drawn.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "reader" {
		os.Exit(reader.Main(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// counting counts what the reader is asked, and lets it wait.
type counting struct {
	*reader.Reader
	drawn atomic.Int64
	gate  chan struct{} // nil lets all pass
}

func (c *counting) Render(ctx context.Context, content []byte, page, maxWidth int) (*reader.Picture, error) {
	c.drawn.Add(1)
	if c.gate != nil {
		<-c.gate
	}
	return c.Reader.Render(ctx, content, page, maxWidth)
}

// bench is previews over a real store and a real reader.
type bench struct {
	*testing.T
	*Previews
	blobs  *blob.Folder
	reader *counting
}

func setup(t *testing.T, o Options) bench {
	t.Helper()
	blobs, err := blob.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	options := reader.Options{}
	if cache, err := os.UserCacheDir(); err == nil {
		options.CacheDir = filepath.Join(cache, "enrichd-reader")
	}
	if program := os.Getenv("ENRICHD_READER"); program != "" {
		options.Command = []string{program, "reader"}
	}
	r := &counting{Reader: reader.New(options)}
	t.Cleanup(r.Close)
	o.Blobs, o.Renderer = blobs, r
	return bench{t, New(o), blobs, r}
}

func (b bench) put(content string) string {
	b.Helper()
	checksum, _, err := b.blobs.Put(b.Context(), strings.NewReader(content), 1<<20)
	if err != nil {
		b.Fatal(err)
	}
	return checksum
}

// twoPages is a PDF of two empty pages, written without its table: readers mend it.
const twoPages = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]/MediaBox[0 0 300 400]>>endobj " +
	"3 0 obj<</Type/Page/Parent 2 0 R>>endobj 4 0 obj<</Type/Page/Parent 2 0 R/Rotate 90>>endobj trailer<</Root 1 0 R>>\n%%EOF\n"

func TestEachPageIsDrawnOnce(t *testing.T) {
	b := setup(t, Options{})
	checksum := b.put(twoPages)
	for range 3 {
		first, err := b.Page(t.Context(), checksum, 1)
		if err != nil || first.Width != 300 || first.Height != 400 || first.Pages != 2 || first.MimeType != "image/png" {
			t.Fatalf("%+v %v", first, err)
		}
		second, err := b.Page(t.Context(), checksum, 2)
		if err != nil || second.Width != 400 || second.Height != 300 {
			t.Fatalf("turned by its own word: %+v %v", second, err)
		}
	}
	if n := b.reader.drawn.Load(); n != 2 {
		t.Errorf("two pages were drawn %d times", n)
	}
}

// Who comes while a page is drawn waits for that drawing; who goes away does not
// end it.
func TestOneDrawingForAllWhoAsk(t *testing.T) {
	b := setup(t, Options{})
	b.reader.gate = make(chan struct{})
	checksum := b.put(twoPages)
	impatient, leave := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := b.Page(impatient, checksum, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("who went away got %v", err)
		}
	})
	for b.reader.drawn.Load() == 0 { // until the drawing has begun
		time.Sleep(time.Millisecond)
	}
	leave()
	for range 8 {
		group.Go(func() {
			if _, err := b.Page(t.Context(), checksum, 1); err != nil {
				t.Error(err)
			}
		})
	}
	close(b.reader.gate)
	group.Wait()
	if n := b.reader.drawn.Load(); n != 1 {
		t.Errorf("drawn %d times", n)
	}
}

func TestWhatCannotBeDrawn(t *testing.T) {
	b := setup(t, Options{})
	for name, c := range map[string]struct {
		checksum string
		page     int
		code     string
		asked    int64 // of the reader, for two calls
	}{
		"no such page": {b.put(twoPages), 3, reader.CodeNoSuchPage, 1},
		"page 0":       {b.put(twoPages), 0, reader.CodeNoSuchPage, 1},
		"damaged":      {b.put("%PDF-1.4\nnothing"), 1, reader.CodeDamaged, 1},
		"no image":     {b.put("plain words"), 1, reader.CodeUnsupported, 1},
		"gone":         {"sha256:" + strings.Repeat("0", 64), 1, "content_missing", 0},
	} {
		b.reader.drawn.Store(0)
		for range 2 {
			picture, err := b.Page(t.Context(), c.checksum, c.page)
			var fault *reader.Error
			if picture != nil || !errors.As(err, &fault) || fault.Code != c.code {
				t.Errorf("%s: %+v %v", name, picture, err)
			}
		}
		if n := b.reader.drawn.Load(); n != c.asked {
			t.Errorf("%s: the reader was asked %d times", name, n)
		}
	}
}

// The shelf keeps within its bound what was looked at last.
func TestShelfIsBounded(t *testing.T) {
	s := newShelf(10 * smallest)
	of := func(size int) drawing {
		return drawing{picture: &reader.Picture{Content: make([]byte, size-smallest)}}
	}
	s.put("a", of(4*smallest))
	s.put("b", of(4*smallest))
	s.get("a")
	s.put("c", of(4*smallest))
	s.put("c", of(2*smallest)) // again, smaller
	s.put("d", drawing{fault: &reader.Error{}})
	var kept []string
	for _, key := range []string{"a", "b", "c", "d"} {
		if _, ok := s.get(key); ok {
			kept = append(kept, key)
		}
	}
	if !slices.Equal(kept, []string{"a", "c", "d"}) || s.room != 3*smallest {
		t.Errorf("kept %v, room for %d", kept, s.room)
	}
	s.put("huge", of(11*smallest))
	if s.room != 10*smallest || s.order.Len() != 0 || len(s.places) != 0 {
		t.Errorf("after one that has no room: %d free, %d there", s.room, s.order.Len())
	}
}
