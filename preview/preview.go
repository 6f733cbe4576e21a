// Package preview draws pages of stored contents, once each.
//
// Drawing a page takes a child process and tenths of a second, so a page is kept
// for a while after it was drawn, and those who ask for it at the same time wait
// for the same drawing. What is kept lies in memory, within a bound: losing it
// costs time, nothing else.
package preview

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/enrichd/enrichd/blob"
	"github.com/enrichd/enrichd/reader"
)

// Width is how many pixels wide pages are drawn: sharp beside a table on a
// screen of twice the usual density.
const Width = 1400

// maxContent is the longest content that is drawn, in bytes: what an upload may
// hold.
const maxContent = 50 << 20

// Blobs is where contents lie.
type Blobs interface {
	Get(ctx context.Context, checksum string, limit int64) ([]byte, error)
}

// Renderer draws a page, from 1, away from this process.
type Renderer interface {
	Render(ctx context.Context, content []byte, page, maxWidth int) (*reader.Picture, error)
}

// Options of New.
type Options struct {
	Blobs    Blobs
	Renderer Renderer
	// Memory is how many bytes of pictures are kept; default 64 MiB.
	Memory int
	// Limit bounds one drawing, whoever waits for it; default 40 s.
	Limit time.Duration
}

// Previews draws pages and keeps them. It is safe for use by many goroutines.
type Previews struct {
	o     Options
	calls singleflight.Group
	kept  *shelf
}

// New makes previews; nothing is drawn before a page is asked for.
func New(o Options) *Previews {
	if o.Memory == 0 {
		o.Memory = 64 << 20
	}
	if o.Limit == 0 {
		o.Limit = 40 * time.Second
	}
	return &Previews{o: o, kept: newShelf(o.Memory)}
}

// Page gives the picture of a page, from 1, of the content with this checksum.
// Its error is a *reader.Error where the content cannot be drawn. A caller whose
// ctx ends goes away alone: the drawing goes on and is there for the next one.
func (p *Previews) Page(ctx context.Context, checksum string, page int) (*reader.Picture, error) {
	key := fmt.Sprint(checksum, "/", page)
	if d, ok := p.kept.get(key); ok {
		return d.picture, d.err()
	}
	drawn := p.calls.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.o.Limit)
		defer cancel()
		if d, ok := p.kept.get(key); ok { // it was drawn just now
			return d, nil
		}
		d, err := p.draw(ctx, checksum, page)
		if err != nil {
			return nil, err
		}
		p.kept.put(key, d)
		return d, nil
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-drawn:
		if r.Err != nil {
			return nil, r.Err
		}
		d := r.Val.(drawing)
		return d.picture, d.err()
	}
}

// drawing is a picture, or why there is none.
type drawing struct {
	picture *reader.Picture
	fault   *reader.Error
}

func (d drawing) err() error {
	if d.fault != nil {
		return d.fault
	}
	return nil
}

// draw makes a drawing. What is wrong with the content is part of it, since
// asking again would find the same; any other error is not.
func (p *Previews) draw(ctx context.Context, checksum string, page int) (drawing, error) {
	content, err := p.o.Blobs.Get(ctx, checksum, maxContent)
	switch {
	case errors.Is(err, blob.ErrNotFound):
		return drawing{}, &reader.Error{Code: "content_missing", Message: "Its content is not in the store."}
	case errors.Is(err, blob.ErrTooLarge):
		return drawing{fault: &reader.Error{Code: reader.CodeResourceLimit, Message: fmt.Sprintf("It has more than %d MiB.", maxContent>>20)}}, nil
	case err != nil:
		return drawing{}, fmt.Errorf("read the content: %w", err)
	}
	picture, err := p.o.Renderer.Render(ctx, content, page, Width)
	var fault *reader.Error
	switch {
	case errors.As(err, &fault):
		return drawing{fault: fault}, nil
	case err != nil:
		return drawing{}, fmt.Errorf("draw the page: %w", err)
	}
	return drawing{picture: picture}, nil
}
