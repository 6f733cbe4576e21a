// Package reader parses PDFs and images in a child process.
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
	"fmt"
	"log/slog"
	"os"
	"time"
)

// Options of a Reader. The zero value works for a program whose subcommand
// "reader" calls Main.
type Options struct {
	// Command starts the child; default: this program with the argument reader.
	Command []string
	// CacheDir keeps the compiled code of the PDF engine between starts.
	CacheDir string
	// ParseTimeout bounds a parse once the code is compiled; default 5 s.
	ParseTimeout time.Duration
	// PageTimeout bounds the recognition of one page; default 30 s.
	PageTimeout time.Duration
	// WarmTimeout bounds the start of a child, which may have to compile; default 5 min.
	WarmTimeout time.Duration
	// MaxPages is how many pages a document may have; default 200.
	MaxPages int
	// Memory is how many bytes a child may use; default 1 GiB.
	Memory int64
	// Languages are those of the recognition; default eng, fra, deu.
	Languages []string
	// Slots is how many children may run at the same time; default 2.
	Slots int
	Log   *slog.Logger
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, otherwise time.Duration) {
		if *d == 0 {
			*d = otherwise
		}
	}
	set(&o.ParseTimeout, 5*time.Second)
	set(&o.PageTimeout, 30*time.Second)
	set(&o.WarmTimeout, 5*time.Minute)
	if len(o.Command) == 0 {
		self, err := os.Executable()
		if err != nil {
			self = os.Args[0]
		}
		o.Command = []string{self, "reader"}
	}
	if o.MaxPages == 0 {
		o.MaxPages = 200
	}
	if o.Memory == 0 {
		o.Memory = 1 << 30
	}
	if len(o.Languages) == 0 {
		o.Languages = []string{"eng", "fra", "deu"}
	}
	if o.Slots == 0 {
		o.Slots = 2
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// File is what a parse found.
type File struct {
	Kind        string // pdf, png, jpeg, gif, webp
	Pages       []Page
	Attachments []Attachment
}

// Page is one page with its words. Lengths are points (1/72 inch) from the top
// left of the page as it is shown; for images a point is a pixel.
type Page struct {
	N          int // from 1
	Width      float64
	Height     float64
	Source     string // text_layer, ocr or none
	Words      []Word
	Confidence float64 // 0 to 1
	Grade      string  // excellent, good, fair, poor
	Rotation   int     // degrees that the page was turned by to be read
	Garbled    bool    // its text layer cannot be trusted
	Language   string
}

// NeedsOCR reports whether the page must be recognised: it has no text that can
// be trusted.
func (p Page) NeedsOCR() bool { return p.Source == "none" || p.Garbled }

// Word is one word and its box.
type Word struct {
	X0, Y0, X1, Y1 float64
	Text           string
	Confidence     float64 // 0 to 1
}

// Attachment is a file inside a PDF.
type Attachment struct {
	Name    string
	Content []byte
}

// Error says why a file was not read.
type Error struct{ Code, Message string }

// Error gives code and message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Codes of Error.
const (
	CodeDamaged        = "damaged"            // it is no whole file of its kind
	CodeEncrypted      = "encrypted"          // it asks for a password
	CodeTooManyPages   = "too_many_pages"     //
	CodeTooManyPixels  = "too_many_pixels"    //
	CodeUnsupported    = "unsupported_format" // an image of a kind that is not read
	CodeResourceLimit  = "resource_limit"     // it needed more memory or output than allowed
	CodeTimeout        = "timeout"            // it took longer than allowed
	CodeCrashed        = "reader_crashed"     // the child died of it
	CodeOCRUnavailable = "ocr_unavailable"    // tesseract is not installed
)

func faultf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// gradeOf puts a confidence into a word. Thresholds: those of Docling's
// confidence grades (below .5 poor, below .8 fair, below .9 good).
func gradeOf(confidence float64) string {
	switch {
	case confidence < .5:
		return "poor"
	case confidence < .8:
		return "fair"
	case confidence < .9:
		return "good"
	}
	return "excellent"
}

// Reader reads files in children of its own. It is safe for use by many
// goroutines.
type Reader struct {
	o    Options
	slot chan struct{}
	idle chan *child
}

// New makes a reader.
func New(o Options) *Reader {
	o = o.withDefaults()
	return &Reader{o: o, slot: make(chan struct{}, o.Slots), idle: make(chan *child, o.Slots)}
}

// Close ends the children that wait for work.
func (r *Reader) Close() {
	for {
		select {
		case c := <-r.idle:
			c.kill()
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

// PDF reads text layers and attachments.
func (r *Reader) PDF(ctx context.Context, content []byte) (*File, error) {
	return r.file(ctx, request{Do: "pdf", Content: content, MaxPages: r.o.MaxPages})
}

// Image checks an image and tells its size; its pages have no words yet.
func (r *Reader) Image(ctx context.Context, content []byte) (*File, error) {
	return r.file(ctx, request{Do: "image", Content: content})
}

func (r *Reader) file(ctx context.Context, q request) (*File, error) {
	a, err := r.ask(ctx, q, r.o.ParseTimeout)
	if err != nil {
		return nil, err
	}
	return a.File, nil
}

// OCR recognises the given pages, from 1.
func (r *Reader) OCR(ctx context.Context, content []byte, pages []int) ([]Page, error) {
	var read []Page
	for _, n := range pages { // a page at a time, so that each has its own limit
		a, err := r.ask(ctx, request{Do: "ocr", Content: content, Page: n, Languages: r.o.Languages}, r.o.PageTimeout)
		if err != nil {
			return nil, err
		}
		read = append(read, a.File.Pages...)
	}
	return read, nil
}

// Render makes a PNG of a page, at most maxWidth pixels wide.
func (r *Reader) Render(ctx context.Context, content []byte, page, maxWidth int) ([]byte, error) {
	a, err := r.ask(ctx, request{Do: "render", Content: content, Page: page, Width: maxWidth}, r.o.PageTimeout)
	if err != nil {
		return nil, err
	}
	return a.PNG, nil
}
