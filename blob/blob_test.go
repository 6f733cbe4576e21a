package blob

import (
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	f, err := OpenFolder(dir + "/deep/blobs")
	if err != nil {
		t.Fatal(err)
	}
	sum, size, err := f.Put(t.Context(), strings.NewReader("hello"), 5)
	// The checksum is that of the word, as sha256sum prints it.
	if err != nil || size != 5 || sum != "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" {
		t.Fatalf("%s %d %v", sum, size, err)
	}
	if got, err := f.Get(t.Context(), sum, 5); err != nil || string(got) != "hello" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := f.Get(t.Context(), sum, 4); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a content over the limit: %v", err)
	}
	if _, _, err := f.Put(t.Context(), strings.NewReader("123456"), 5); !errors.Is(err, ErrTooLarge) {
		t.Errorf("an upload over the limit: %v", err)
	}
	if _, _, err := f.Put(t.Context(), iotest.ErrReader(io.ErrUnexpectedEOF), 5); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("an upload that broke off: %v", err)
	}
	for _, name := range []string{"", "sha256:", "sha256:../../etc/passwd", strings.Repeat("a", 64), "sha256:" + strings.Repeat("g", 64)} {
		if _, err := f.Get(t.Context(), name, 5); err == nil {
			t.Errorf("%q was read", name)
		}
	}
	if _, err := f.Get(t.Context(), "sha256:"+strings.Repeat("0", 64), 5); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown content: %v", err)
	}
	if left := names(t, dir+"/deep/blobs"); left != "2c" {
		t.Errorf("the folder holds %s: what was refused left something behind", left)
	}
}

func TestSameContentAtOnce(t *testing.T) {
	f, err := OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			sum, _, err := f.Put(t.Context(), strings.NewReader("same"), 10)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := f.Get(t.Context(), sum, 10); err != nil || string(got) != "same" {
				t.Errorf("%q %v", got, err)
			}
		})
	}
	group.Wait()
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}
