// Package hypertext lays an HTML document out on sheets of words.
//
// Invoices come as web pages, too: as the body of an e-mail, or as an order that
// somebody saved. What they say stands in columns and boxes, so their text alone
// is not enough. This room puts the words where a browser would about put them:
// tables in their columns, what floats side by side, what is hidden left out. It
// is no browser: it fetches nothing, runs nothing, knows no fonts, and of styles
// only what moves or hides words.
package hypertext

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// Limits of a document. What is beyond them is left out, but for the nodes.
const (
	maxNodes = 200_000
	maxDepth = 400
	maxWords = 60_000
)

// Lengths in points: a sheet is as wide and high as A4, and wider where a table is.
const (
	sheetWidth  = 595.0
	sheetHeight = 842.0
	margin      = 18.0
	usualSize   = 10.0
)

// ErrTooLarge says that a document has more elements and texts than are looked at.
var ErrTooLarge = errors.New("hypertext: more than 200,000 elements and texts")

// Word is one word and its box, in points from the sheet's top left.
type Word struct {
	X0, Y0, X1, Y1 float64
	Text           string
	Size           float64 // of its letters, in points
}

// Sheet is one sheet of words, in the order in which they were laid out.
type Sheet struct {
	Width, Height float64
	Words         []Word
}

// Is reports whether a content is an HTML document: whether, after a byte order mark,
// an XML declaration and comments, it begins as one.
func Is(content []byte) bool {
	head := bytes.TrimSpace(bytes.TrimPrefix(content[:min(len(content), 4096)], []byte("\xef\xbb\xbf")))
	for range 20 {
		end := ""
		switch {
		case bytes.HasPrefix(head, []byte("<!--")):
			end = "-->"
		case bytes.HasPrefix(head, []byte("<?xml")):
			end = "?>"
		default:
			return begins(head)
		}
		_, rest, found := bytes.Cut(head, []byte(end))
		if !found {
			return false
		}
		head = bytes.TrimSpace(rest)
	}
	return false
}

// begins looks at the first tag, which mails and saved pages do not always take to be
// <html>.
func begins(head []byte) bool {
	head = bytes.ToLower(head[:min(len(head), 64)])
	if rest, ok := bytes.CutPrefix(head, []byte("<!doctype")); ok {
		return bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("html"))
	}
	for _, tag := range []string{"<html", "<head", "<body", "<meta", "<title", "<style", "<div", "<table", "<center", "<p", "<span", "<font"} {
		if rest, ok := bytes.CutPrefix(head, []byte(tag)); ok && len(rest) > 0 && bytes.IndexByte([]byte(" \t\r\n/>"), rest[0]) >= 0 {
			return true
		}
	}
	return false
}

// Read lays a document out. A document without visible words is one empty sheet.
func Read(content []byte) ([]Sheet, error) {
	if len(content) == 0 {
		return []Sheet{{Width: sheetWidth, Height: sheetHeight}}, nil
	}
	contentType := ""
	if utf8.Valid(content) { // what is UTF-8 is hardly ever anything else
		contentType = "text/html; charset=utf-8"
	}
	in, err := charset.NewReader(bytes.NewReader(content), contentType)
	if err != nil {
		return nil, err
	}
	root, err := html.Parse(in)
	if err != nil {
		return nil, err
	}
	nodes := 0
	for range root.Descendants() {
		if nodes++; nodes > maxNodes {
			return nil, ErrTooLarge
		}
	}
	l := &layout{rules: rulesOf(root, nodes)}
	body := root
	for n := range root.Descendants() {
		if n.DataAtom == atom.Body {
			body = n
			break
		}
	}
	start := l.styleOf(body, style{size: usualSize})
	return sheets(l.block(body, start, sheetWidth-2*margin, 0)), nil
}

// sheets parts what was laid out into sheets.
func sheets(b box) []Sheet {
	width := max(sheetWidth, b.w+2*margin)
	out := []Sheet{{Width: width, Height: sheetHeight}}
	for _, w := range b.words {
		n := max(0, int(w.Y0/(sheetHeight-2*margin)))
		for len(out) <= n {
			out = append(out, Sheet{Width: width, Height: sheetHeight})
		}
		top := float64(n) * (sheetHeight - 2*margin)
		w.X0, w.X1, w.Y0, w.Y1 = w.X0+margin, w.X1+margin, w.Y0-top+margin, w.Y1-top+margin
		out[n].Words = append(out[n].Words, w)
	}
	return out
}
