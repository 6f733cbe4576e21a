package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/client"
	"github.com/enrichd/enrichd/demo"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// A backup that is restored on another database and another folder serves the
// same records and contents; a damaged or half-made one is refused.
func TestBackupIsRestored(t *testing.T) {
	b := setup(t)
	ctx := context.Background()
	files, err := demo.Files()
	if err != nil {
		t.Fatal(err)
	}
	invoice := b.until("ai_invoice", b.upload(files[0].Name, files[0].Content).ID)
	folder, blobs, empty := t.TempDir(), filepath.Join(t.TempDir(), "blobs"), pgtest.EmptyURL(t)
	command := func(want int, words string, args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(args, &out, &errs); code != want || !strings.Contains(out.String()+errs.String(), words) {
			t.Errorf("%v: %d\n%s%s", args, code, &out, &errs)
		}
	}
	command(exitOK, "saved", "backup", folder, "--database-url", b.dbURL, "--blobs", b.blobs)
	restore := []string{"restore", folder, "--database-url", empty, "--blobs", blobs}
	command(exitOK, "restored", restore...)
	command(exitConflict, "not empty", restore...)
	command(exitOK, "", "doctor", "--database-url", empty)
	r := setupOn(t, empty, roleAPI)
	again := &client.Client{BaseURL: r.url, Key: b.api.Key}
	got, err := again.Task(ctx, invoice.ID)
	if err != nil || !bytes.Equal(got.Attributes["output"], invoice.Attributes["output"]) {
		t.Errorf("the task after the restore: %v, %v", got, err)
	}

	dump := filepath.Join(folder, "database.dump")
	raw, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	if err := os.WriteFile(dump, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	restore[3] = pgtest.EmptyURL(t)
	command(exitError, "manifest", restore...)
	if err := os.Remove(filepath.Join(folder, "manifest.json")); err != nil {
		t.Fatal(err)
	}
	command(exitError, "no whole backup", restore...)
}
