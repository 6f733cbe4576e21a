// Package backup saves the database and the contents, and restores them.
//
// A backup is a folder: database.dump (pg_dump's custom format), blobs (contents by
// their hash) and manifest.json, which is written last. The database is saved
// first: contents are stored before the row that names them and never change, so
// the contents that are copied afterwards hold all that the dump names. A second
// backup into the same folder copies new contents alone.
package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/enrichd/enrichd/local"
)

// Manifest says what a backup holds.
type Manifest struct {
	MadeAt   time.Time `json:"made_at"`
	Dump     string    `json:"dump_sha256"` // 64 hex digits, of database.dump
	Contents int       `json:"contents"`    // files in blobs
	Bytes    int64     `json:"bytes"`       // of the dump and the contents
}

const (
	dumpFile     = "database.dump"
	blobFolder   = "blobs"
	manifestFile = "manifest.json"
)

// Save writes a backup of a database and of the folder of its contents into a
// folder, made if need be. The login must see every workspace: a superuser or a
// role with BYPASSRLS.
func Save(ctx context.Context, databaseURL, blobs, folder string) (Manifest, error) {
	m := Manifest{MadeAt: time.Now().UTC()}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return m, err
	}
	// What stands there is no backup until the new one is whole.
	if err := os.Remove(filepath.Join(folder, manifestFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return m, err
	}
	dump := filepath.Join(folder, dumpFile)
	if err := program(ctx, "pg_dump", "--format=custom", "--no-owner", "--file="+dump, databaseURL); err != nil {
		return m, err
	}
	var err error
	if m.Dump, m.Bytes, err = hashFile(dump); err != nil {
		return m, err
	}
	n, size, err := copyContents(ctx, blobs, filepath.Join(folder, blobFolder))
	if err != nil {
		return m, err
	}
	m.Contents, m.Bytes = n, m.Bytes+size
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	return m, writeFile(filepath.Join(folder, manifestFile), append(raw, '\n'))
}

// Restore fills an empty database and a folder of contents from a backup. It
// refuses a backup that is not whole, and contents that are not what their
// names say. The roles that the dump names must exist: migrate makes them.
func Restore(ctx context.Context, folder, databaseURL, blobs string) (Manifest, error) {
	m, err := check(folder)
	if err != nil {
		return m, err
	}
	if _, _, err := copyContents(ctx, filepath.Join(folder, blobFolder), blobs); err != nil {
		return m, err
	}
	return m, program(ctx, "pg_restore", "--exit-on-error", "--no-owner", "--single-transaction", "--dbname="+databaseURL, filepath.Join(folder, dumpFile))
}

// check reads the manifest and holds the dump against it.
func check(folder string) (m Manifest, err error) {
	raw, err := os.ReadFile(filepath.Join(folder, manifestFile))
	if errors.Is(err, os.ErrNotExist) {
		return m, fmt.Errorf("%s holds no whole backup: there is no %s", folder, manifestFile)
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("%s: %w", manifestFile, err)
	}
	sum, _, err := hashFile(filepath.Join(folder, dumpFile))
	if err == nil && sum != m.Dump {
		err = fmt.Errorf("%s is not the one that the manifest names", dumpFile)
	}
	return m, err
}

// copyContents copies the contents that are not there yet, and says how many there
// are then, and their bytes. Each must be what its name says.
func copyContents(ctx context.Context, from, to string) (n int, size int64, err error) {
	err = filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		name := entry.Name()
		if raw, err := hex.DecodeString(name); err != nil || len(raw) != sha256.Size {
			return nil // one that is just coming in
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		n, size = n+1, size+info.Size()
		return copyContent(path, filepath.Join(to, name[:2], name))
	})
	if errors.Is(err, os.ErrNotExist) && n == 0 {
		err = os.MkdirAll(to, 0o750) // nothing was ever stored
	}
	return n, size, err
}

func copyContent(from, to string) error {
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), "incoming-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(out, hash), in); err != nil {
		return err
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != filepath.Base(to) {
		return fmt.Errorf("the content %s is damaged: its bytes have the hash %s", filepath.Base(to), sum)
	}
	if err := out.Sync(); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

func hashFile(path string) (sum string, size int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	hash := sha256.New()
	size, err = io.Copy(hash, file)
	return hex.EncodeToString(hash.Sum(nil)), size, err
}

func writeFile(path string, data []byte) error {
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// program runs one of PostgreSQL's programs; what it says is its error.
func program(ctx context.Context, name string, args ...string) error {
	path, err := local.Program(name)
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}
