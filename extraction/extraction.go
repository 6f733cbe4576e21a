// Package extraction reads a stored content and keeps its parse.
//
// A parse is a function of the content, the parser and its version, so it is
// kept under these three and never made twice. Neither a content nor a cached
// parse is an effect of a task: losing one costs time, nothing else.
package extraction

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/enrichd/enrichd/einvoice"
)

// Parser and Version name the parse of electronic invoices. The version grows
// with every change of what einvoice reads.
const (
	Parser  = "einvoice"
	Version = "1"
)

// MaxContent is the longest content that is read into memory, in bytes: what an
// upload may hold.
const MaxContent = 50 << 20

// Blobs is where contents lie.
type Blobs interface {
	Get(ctx context.Context, checksum string, limit int64) ([]byte, error)
}

// Cache keeps parses by (checksum of the content, parser, version).
type Cache interface {
	Extraction(ctx context.Context, checksum, parser, version string) ([]byte, error)
	KeepExtraction(ctx context.Context, checksum, parser, version string, result []byte) error
}

// Reader reads contents through the cache.
type Reader struct {
	Blobs Blobs
	Cache Cache
}

// Content reads the bytes of a stored content.
func (r *Reader) Content(ctx context.Context, checksum string) ([]byte, error) {
	return r.Blobs.Get(ctx, checksum, MaxContent)
}

// Cached returns the kept parse of a content, or nil. A kept parse that cannot
// be read any more counts as none.
func (r *Reader) Cached(ctx context.Context, checksum string) (*einvoice.Invoice, error) {
	raw, err := r.Cache.Extraction(ctx, checksum, Parser, Version)
	if err != nil || raw == nil {
		return nil, err
	}
	var inv einvoice.Invoice
	if json.Unmarshal(raw, &inv) != nil {
		return nil, nil
	}
	return &inv, nil
}

// Parse reads an electronic invoice and keeps the parse. Its error is an
// *einvoice.Error when the content is at fault; contents at fault are not kept.
func (r *Reader) Parse(ctx context.Context, checksum string, content []byte) (*einvoice.Invoice, error) {
	inv, err := einvoice.Read(content)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(inv)
	if err != nil {
		return nil, fmt.Errorf("keep the parse: %w", err)
	}
	return inv, r.Cache.KeepExtraction(ctx, checksum, Parser, Version, raw)
}
