// Package blob keeps contents by the hash of their bytes.
//
// A content is written once and never changed: its name is the SHA-256 of its
// bytes, so the same bytes are stored once, whoever brings them.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ErrNotFound says that no content with this checksum is stored here.
var ErrNotFound = errors.New("content is not in the store")

// ErrTooLarge says that a content is longer than the caller allows.
var ErrTooLarge = errors.New("content is too large")

// Folder is a store in a folder of the file system. Several processes may
// share it.
type Folder struct{ dir string }

// OpenFolder uses dir, making it if need be.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("blob folder: %w", err)
	}
	return &Folder{dir: dir}, nil
}

// Put stores what r gives, at most limit bytes, and returns its checksum
// ("sha256:" and 64 hex digits) and size in bytes. Nothing is kept of a content
// that is longer (ErrTooLarge) or breaks off. When Put returns, the content is
// on disk under its name.
func (f *Folder) Put(ctx context.Context, r io.Reader, limit int64) (checksum string, size int64, err error) {
	tmp, err := os.CreateTemp(f.dir, "incoming-*")
	if err != nil {
		return "", 0, err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	hash := sha256.New()
	size, err = io.Copy(io.MultiWriter(tmp, hash), io.LimitReader(contextReader{ctx, r}, limit+1))
	if err != nil {
		return "", 0, err
	}
	if size > limit {
		return "", 0, ErrTooLarge
	}
	if err := tmp.Sync(); err != nil {
		return "", 0, err
	}
	checksum = "sha256:" + hex.EncodeToString(hash.Sum(nil))
	path, err := f.path(checksum)
	if err != nil {
		return "", 0, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return "", 0, err
	}
	return checksum, size, os.Rename(tmp.Name(), path)
}

// Get reads a content of at most limit bytes.
func (f *Folder) Get(ctx context.Context, checksum string, limit int64) ([]byte, error) {
	file, err := f.Open(ctx, checksum)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(contextReader{ctx, file}, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, ErrTooLarge
	}
	return data, err
}

// Open gives a content to read. The caller closes it.
func (f *Folder) Open(_ context.Context, checksum string) (io.ReadCloser, error) {
	path, err := f.path(checksum)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNotFound
	}
	return file, err
}

// path spreads contents over 256 folders. Only a well-formed checksum has a
// path, so that no name can lead out of the folder.
func (f *Folder) path(checksum string) (string, error) {
	sum, ok := strings.CutPrefix(checksum, "sha256:")
	if raw, err := hex.DecodeString(sum); !ok || err != nil || len(raw) != sha256.Size {
		return "", fmt.Errorf("%q is no checksum", checksum)
	}
	return filepath.Join(f.dir, sum[:2], sum), nil
}

// contextReader ends a copy when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
