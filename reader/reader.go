// Package reader parses PDFs, images and HTML documents in a child process.
//
// Such parsers meet hostile files: they loop, exhaust memory, and overflow their
// stack in ways that no recover catches. So the worker never runs one. It starts
// its own program again as a child with limits, hands it the bytes, and gets back
// words with their boxes, attachments and pictures. A child that dies, hangs or
// talks nonsense costs its file an error that names the limit, and nobody else
// anything.
package reader

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// MaxContent is how many bytes a file may have.
const MaxContent = 64 << 20

// Reader reads files in children of its own. It is safe for use by many
// goroutines.
type Reader struct {
	o    Options
	slot chan struct{}
	idle chan *child
}

// New makes a reader. It starts nothing before the first file or Warm.
func New(o Options) *Reader {
	o = o.withDefaults()
	return &Reader{o: o, slot: make(chan struct{}, o.Slots), idle: make(chan *child, o.Slots)}
}

// Close ends the children that wait for work, and returns when they are gone.
func (r *Reader) Close() {
	for {
		select {
		case c := <-r.idle:
			c.kill()
			<-c.done
		default:
			return
		}
	}
}

// Warm starts a child, so that the code is compiled before the first file comes.
func (r *Reader) Warm(ctx context.Context) error {
	_, err := r.ask(ctx, request{Do: "warm"}, r.o.WarmTimeout)
	return err
}

// PDF reads text layers and attachments. Its error is an *Error, unless ctx ended
// or no child could be started; so it is for the other methods.
func (r *Reader) PDF(ctx context.Context, content []byte) (*File, error) {
	return r.file(ctx, request{Do: "pdf", Content: content, MaxPages: r.o.MaxPages})
}

// Image decodes an image (PNG, JPEG, the first frame of a GIF, WebP), to find it
// whole, and tells its size as it is shown; its page has no words yet.
func (r *Reader) Image(ctx context.Context, content []byte) (*File, error) {
	return r.file(ctx, request{Do: "image", Content: content})
}

// HTML lays an HTML document out as a browser about would. It fetches nothing that the
// document names.
func (r *Reader) HTML(ctx context.Context, content []byte) (*File, error) {
	return r.file(ctx, request{Do: "html", Content: content, MaxPages: r.o.MaxPages})
}

func (r *Reader) file(ctx context.Context, q request) (*File, error) {
	a, err := r.ask(ctx, q, r.o.ParseTimeout)
	if err != nil {
		return nil, err
	}
	if a.File == nil {
		return nil, faultf(CodeCrashed, "The reader gave no answer.")
	}
	return a.File, nil
}

// OCR recognises the given pages, from 1, of a PDF or an image. Pages are asked
// for one at a time, so that each has its own limit and no document keeps the
// others from the children.
func (r *Reader) OCR(ctx context.Context, content []byte, pages []int) ([]Page, error) {
	var read []Page
	for _, n := range pages {
		f, err := r.ocr(ctx, content, n)
		if err != nil {
			return nil, err
		}
		read = append(read, f.Pages...)
	}
	return read, nil
}

func (r *Reader) ocr(ctx context.Context, content []byte, page int) (*File, error) {
	a, err := r.ask(ctx, request{Do: "ocr", Content: content, Page: page, Languages: r.o.Languages, Budget: r.o.PageTimeout}, r.o.PageTimeout)
	if err != nil {
		return nil, err
	}
	if a.File == nil {
		return nil, faultf(CodeCrashed, "The reader gave no answer.")
	}
	return a.File, nil
}

// Render makes a picture of a page, from 1, at most maxWidth pixels wide.
func (r *Reader) Render(ctx context.Context, content []byte, page, maxWidth int) (*Picture, error) {
	a, err := r.ask(ctx, request{Do: "render", Content: content, Page: page, Width: maxWidth}, r.o.PageTimeout)
	if err != nil {
		return nil, err
	}
	if a.Picture == nil {
		return nil, faultf(CodeCrashed, "The reader gave no answer.")
	}
	return a.Picture, nil
}

// Icon decodes a small picture (PNG, JPEG, the first frame of a GIF, WebP, the
// largest picture of an ICO) and writes it anew as PNG, at most 512 pixels wide and
// high, with nothing of what else stood in the file. SVG is refused.
func (r *Reader) Icon(ctx context.Context, content []byte) (*Icon, error) {
	a, err := r.ask(ctx, request{Do: "icon", Content: content}, r.o.ParseTimeout)
	if err != nil {
		return nil, err
	}
	if a.Icon == nil {
		return nil, faultf(CodeCrashed, "The reader gave no answer.")
	}
	return a.Icon, nil
}

// ask puts a question to a child and waits for its answer, in a slot. A child
// that answered well goes on to the next file; one that did not is ended. A
// child that had read other files before may have died of those: a new one is
// asked again.
func (r *Reader) ask(ctx context.Context, q request, limit time.Duration) (*answer, error) {
	if len(q.Content) > MaxContent {
		return nil, faultf(CodeResourceLimit, "It has more than %d MiB.", MaxContent>>20)
	}
	select {
	case r.slot <- struct{}{}:
		defer func() { <-r.slot }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c, err := r.take(ctx)
	if err != nil {
		return nil, err
	}
	used := c.served > 0
	a, err := r.askOf(ctx, c, q, limit)
	var fault *Error
	if used && errors.As(err, &fault) && fault.Code == CodeCrashed {
		if c, err = r.fresh(ctx); err != nil {
			return nil, err
		}
		return r.askOf(ctx, c, q, limit)
	}
	return a, err
}

// askOf puts a question to one child and keeps or ends it after.
func (r *Reader) askOf(ctx context.Context, c *child, q request, limit time.Duration) (*answer, error) {
	a, err := c.exchange(ctx, q, limit)
	if err != nil {
		c.kill()
		r.o.Log.Warn("a reader process was ended", "doing", q.Do, "because", err, "stderr", c.stderr.String())
		return nil, err
	}
	r.giveBack(c, a.Spent)
	if a.Fault != nil {
		return nil, a.Fault
	}
	return a, nil
}

// take finds an idle child that is alive, or starts one.
func (r *Reader) take(ctx context.Context) (*child, error) {
	for {
		select {
		case c := <-r.idle:
			if c.alive() {
				return c, nil
			}
		default:
			return r.fresh(ctx)
		}
	}
}

// fresh starts a child, which may compile its code first.
func (r *Reader) fresh(ctx context.Context) (*child, error) {
	c, err := r.start()
	if err != nil {
		return nil, fmt.Errorf("start the reader process: %w", err)
	}
	a, err := c.exchange(ctx, request{Do: "warm"}, r.o.WarmTimeout)
	if err == nil && a.Fault != nil {
		err = a.Fault
	}
	if err != nil {
		c.kill()
		return nil, fmt.Errorf("the reader process did not get ready: %w", err)
	}
	return c, nil
}

// giveBack keeps a child for the next file, unless it has done enough or its
// engine broke.
func (r *Reader) giveBack(c *child, spent bool) {
	if c.served++; spent || c.served >= maxRequests {
		c.kill()
		return
	}
	select {
	case r.idle <- c:
	default:
		c.kill()
	}
}
