package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The committed files are those that this program writes.
func TestFilesAreCurrent(t *testing.T) {
	dir := t.TempDir()
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{hybridName, scanName} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", "files", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is another one than is generated now (%v): go run ./demo/generate", name, err)
		}
	}
}
