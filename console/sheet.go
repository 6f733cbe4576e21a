package console

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/enrichd/enrichd/reader"
	"github.com/enrichd/enrichd/record"
)

// A page of a document is a picture under an address of its own, and over it an
// SVG whose units are the points of the page, so that the boxes of the evidence
// need no conversion: see enrich.EvidenceRef. Boxes and rows of the table lead to
// each other by fragments: #box-NAME and #field-NAME.

// drawingPatience is how long the page waits for its picture. Drawing goes on after it.
const drawingPatience = 4 * time.Second

// sheet is one page of a document with its boxes.
type sheet struct {
	Page, Pages   int
	Width, Height float64 // points
	Source        string  // address of the picture
	Reason        phrase  // why there is no picture
	Boxes         []box
	Others        []int // other pages on which fields stand
}

// box is where a field stands on a page. Lengths are points from its top left.
type box struct {
	fieldRow
	X, Y, W, H float64
	TagX, TagY float64 // of the label with the number
	TagW, TagH float64
}

// Alone reports whether the document has no other page.
func (s *sheet) Alone() bool { return s.Page == 1 && s.Pages <= 1 }

// Before is the number of the page before.
func (s *sheet) Before() int { return s.Page - 1 }

// After is the number of the page after.
func (s *sheet) After() int { return s.Page + 1 }

// Where is the address of a field's box as seen from this page.
func (p documentPage) Where(row fieldRow) string {
	if p.Sheet != nil && p.Sheet.Page == row.Page {
		return "#box-" + row.Slug()
	}
	return place(row)
}

// sheet draws a page and puts the boxes of the fields on it.
func (c *console) sheet(ctx context.Context, doc record.Document, page int, fields []fieldRow) *sheet {
	s := &sheet{Page: page, Source: fmt.Sprintf("%s/pages/%d", to("documents", doc.ID), page)}
	picture, err := c.picture(ctx, doc.Checksum, page)
	if err != nil {
		s.Reason = c.reason(doc, err)
		return s
	}
	s.Pages, s.Width, s.Height = picture.Pages, picture.Width, picture.Height
	for _, f := range fields {
		switch {
		case f.Page == page && f.Document == doc.ID:
			s.add(f)
		case f.Page > 0 && f.Page <= s.Pages && !slices.Contains(s.Others, f.Page):
			s.Others = append(s.Others, f.Page)
		}
	}
	slices.Sort(s.Others)
	s.label()
	return s
}

var errNoPictures = errors.New("pages are not drawn here")

func (c *console) picture(ctx context.Context, checksum string, page int) (*reader.Picture, error) {
	if c.Pictures == nil {
		return nil, errNoPictures
	}
	ctx, cancel := context.WithTimeout(ctx, drawingPatience)
	defer cancel()
	return c.Pictures.Page(ctx, checksum, page)
}

// reason says in words why there is no picture.
func (c *console) reason(doc record.Document, err error) phrase {
	var fault *reader.Error
	switch {
	case errors.As(err, &fault):
		return verbatim(fault.Message)
	case errors.Is(err, errNoPictures):
		return say("This server does not draw pages.")
	case errors.Is(err, context.DeadlineExceeded):
		return say("Drawing it takes long. It goes on: refresh the page in a moment.")
	}
	c.Log.Error("a page cannot be drawn", "document", doc.ID, "error", err)
	return say("It cannot be drawn at the moment.")
}

// maxBoxes is how many boxes a page shows at most.
const maxBoxes = 300

// add puts the box of a field on the page. What lies outside is cut; what is no box, from a foreign database, is left out.
func (s *sheet) add(f fieldRow) {
	if len(f.BBox) != 4 || len(s.Boxes) >= maxBoxes || slices.ContainsFunc(f.BBox, math.IsNaN) {
		return
	}
	x0, y0 := within(f.BBox[0], s.Width), within(f.BBox[1], s.Height)
	x1, y1 := within(f.BBox[2], s.Width), within(f.BBox[3], s.Height)
	if x1 <= x0 || y1 <= y0 {
		return
	}
	air := s.Width / 400 // so that the frame stands off the ink
	b := box{fieldRow: f, X: x0 - air, Y: y0 - air, W: x1 - x0 + 2*air, H: y1 - y0 + 2*air}
	s.Boxes = append(s.Boxes, b)
}

func within(x, limit float64) float64 { return max(0, min(x, limit)) }

// label puts the labels of all boxes where they hide the least: left of the box,
// else further left, above, below or right of it; where all of these are taken by
// boxes and labels, left of it.
func (s *sheet) label() {
	for i := range s.Boxes {
		b := &s.Boxes[i]
		b.TagH = s.Width / 52
		b.TagW = b.TagH * (.5 + .6*float64(len(strconv.Itoa(b.Number))))
		middle := b.Y + b.H/2 - b.TagH/2
		b.TagX, b.TagY = b.X-b.TagW, middle
		for _, at := range [][2]float64{{b.X - b.TagW, middle}, {b.X - 2*b.TagW, middle}, {b.X, b.Y - b.TagH}, {b.X, b.Y + b.H}, {b.X + b.W, middle}} {
			inside := at[0] >= 0 && at[1] >= 0 && at[0]+b.TagW <= s.Width && at[1]+b.TagH <= s.Height
			if inside && !s.taken(i, at[0], at[1]) {
				b.TagX, b.TagY = at[0], at[1]
				break
			}
		}
		b.TagX, b.TagY = within(b.TagX, s.Width-b.TagW), within(b.TagY, s.Height-b.TagH)
	}
}

// taken reports whether the label of a box would lie at a place over another box
// or over a label that has its place.
func (s *sheet) taken(of int, x, y float64) bool {
	w, h := s.Boxes[of].TagW, s.Boxes[of].TagH
	over := func(ox, oy, ow, oh float64) bool { return x < ox+ow && ox < x+w && y < oy+oh && oy < y+h }
	for i, o := range s.Boxes {
		if i != of && over(o.X, o.Y, o.W, o.H) || i < of && over(o.TagX, o.TagY, o.TagW, o.TagH) {
			return true
		}
	}
	return false
}

// TextX and TextY are where the number of the label stands.
func (b box) TextX() float64 { return b.TagX + b.TagW/2 }

// TextY is the base line of the number.
func (b box) TextY() float64 { return b.TagY + b.TagH*.8 }

// FontSize is that of the number.
func (b box) FontSize() float64 { return b.TagH * .85 }

// Title names the field for people.
func (row fieldRow) Title() phrase {
	if row.Disputed {
		return say("%s, on the page", fieldWords(row.Name))
	}
	return fieldWords(row.Name)
}

// Class is how the field's box looks: by its grade, unless it is disputed.
func (row fieldRow) Class() string {
	if row.Disputed {
		return "disputed"
	}
	return string(row.Grade)
}

// Slug is a field's name as part of a fragment.
func (row fieldRow) Slug() string {
	name := row.Name
	if row.Disputed {
		name = "page." + name
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '.' {
			return r
		}
		return '-'
	}, name)
}

// numbered numbers the fields of a document that have a box, whatever page it is on.
func numbered(fields []fieldRow, documentID string) {
	n := 0
	for i := range fields {
		if f := &fields[i]; f.Document == documentID && f.Page > 0 && len(f.BBox) == 4 {
			n++
			f.Number = n
		}
	}
}

// place is the address at which a field is shown in its document; empty where
// none is known.
func place(row fieldRow) string {
	if row.Document == "" || row.Page == 0 && row.Path == "" {
		return ""
	}
	address, fragment := to("documents", row.Document), "#field-"
	if row.Page > 1 {
		address += "?page=" + strconv.Itoa(row.Page)
	}
	if len(row.BBox) == 4 {
		fragment = "#box-"
	}
	if row.Name == "issuer" || row.Name == "receiver" {
		row.Name += ".name" // a document names a party, the record points at it
	}
	return address + fragment + row.Slug()
}

// pageNumber reads which page of a document is wanted; the first where nothing
// is said.
func pageNumber(s string) (int, error) {
	if s == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, badLink(say("The number of the page is none: pages are counted from 1."))
	}
	return n, nil
}

// pageImage serves the picture of a page to whoever may see the document. The
// browser may keep it, but must ask each time whether it may still show it.
func (c *console) pageImage(w http.ResponseWriter, r *http.Request) {
	picture, err := c.pageOf(r)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	sum := sha256.Sum256(picture.Content)
	w.Header().Set("Content-Type", picture.MimeType)
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sum[:12]))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(picture.Content))
}

func (c *console) pageOf(r *http.Request) (*reader.Picture, error) {
	key, err := c.visitor(r)
	if err != nil {
		return nil, err
	}
	number, err := pageNumber(r.PathValue("page"))
	if err != nil || !printable(r.PathValue("id")) {
		return nil, errNoPage
	}
	doc, err := c.Store.Document(r.Context(), key.WorkspaceID, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	picture, err := c.picture(r.Context(), doc.Checksum, number)
	if err != nil {
		return nil, &problem{Status: http.StatusNotFound, Title: say("This page cannot be shown"), Words: c.reason(doc, err)}
	}
	return picture, nil
}
