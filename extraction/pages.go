package extraction

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/enrichd/enrichd/einvoice"
	"github.com/enrichd/enrichd/pagefacts"
	"github.com/enrichd/enrichd/reader"
)

// parsePDF takes the attached invoice where there is one, and the pages in any
// case: they show what people see, and may contradict the attachment.
func (r *Reader) parsePDF(ctx context.Context, content []byte) (*Document, error) {
	file, err := r.Pages.PDF(ctx, content)
	if err != nil {
		return nil, err
	}
	doc := &Document{}
	doc.attached(file.Attachments)
	if doc.Invoice != nil && !hasText(file.Pages) {
		// The attachment says everything, and nothing on the pages can be read
		// without recognition, which it makes unnecessary.
		doc.Route = RouteEmbedded
		return doc, r.keepPages(ctx, doc, file.Pages)
	}
	pages, err := r.ocrPages(ctx, content, file.Pages, doc.Invoice != nil)
	if err != nil {
		return nil, err
	}
	if doc.Route = routeOf(pages); doc.Invoice != nil {
		doc.Route = RouteEmbedded
	}
	return doc, r.keepPages(ctx, doc, pages)
}

// attached looks for an electronic invoice among the attachments.
func (d *Document) attached(list []reader.Attachment) {
	for _, a := range list {
		d.Attachments = append(d.Attachments, a.Name)
		if d.Invoice != nil {
			continue
		}
		inv, err := einvoice.Read(a.Content)
		var fault *einvoice.Error
		switch {
		case err == nil:
			d.Invoice, d.Attachment = inv, a.Name
		case errors.As(err, &fault) && strings.HasSuffix(strings.ToLower(a.Name), ".xml"):
			d.Notes = append(d.Notes, fmt.Sprintf("The attachment %s was not read: %s", a.Name, fault.Error()))
		}
	}
}

func hasText(pages []reader.Page) bool {
	for _, p := range pages {
		if len(p.Words) > 0 && !p.Garbled {
			return true
		}
	}
	return false
}

// ocrPages replaces the pages that need it by recognised ones. Where the
// invoice is attached, recognition is not worth its time.
func (r *Reader) ocrPages(ctx context.Context, content []byte, pages []reader.Page, attached bool) ([]reader.Page, error) {
	var need []int
	for _, p := range pages {
		if p.NeedsOCR() && !attached {
			need = append(need, p.N)
		}
	}
	if len(need) == 0 {
		return pages, nil
	}
	read, err := r.Pages.OCR(ctx, content, need)
	if err != nil {
		return nil, err
	}
	byNumber := map[int]reader.Page{}
	for _, p := range read {
		byNumber[p.N] = p
	}
	for i, p := range pages {
		if better, ok := byNumber[p.N]; ok {
			pages[i] = better
		}
	}
	return pages, nil
}

func (r *Reader) parseImage(ctx context.Context, content []byte) (*Document, error) {
	file, err := r.Pages.Image(ctx, content)
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, p := range file.Pages {
		numbers = append(numbers, p.N)
	}
	pages, err := r.Pages.OCR(ctx, content, numbers)
	if err != nil {
		return nil, err
	}
	doc := &Document{Route: RouteOCR}
	return doc, r.keepPages(ctx, doc, pages)
}

func (r *Reader) parseHTML(ctx context.Context, content []byte) (*Document, error) {
	file, err := r.Pages.HTML(ctx, content)
	if err != nil {
		return nil, err
	}
	doc := &Document{Route: RouteText}
	return doc, r.keepPages(ctx, doc, file.Pages)
}

func routeOf(pages []reader.Page) string {
	text, ocr := false, false
	for _, p := range pages {
		text = text || p.Source == "text_layer"
		ocr = ocr || p.Source == "ocr"
	}
	switch {
	case text && ocr:
		return RouteMixed
	case ocr:
		return RouteOCR
	}
	return RouteText
}

// keepPages describes the pages and puts their words into the blob store.
func (r *Reader) keepPages(ctx context.Context, doc *Document, pages []reader.Page) error {
	words := 0
	for _, p := range pages {
		doc.Pages = append(doc.Pages, PageInfo{
			N: p.N, Width: p.Width, Height: p.Height, Source: p.Source, Words: len(p.Words),
			Confidence: p.Confidence, Grade: p.Grade, Rotation: p.Rotation, Skew: p.Skew, Garbled: p.Garbled,
		})
		words += len(p.Words)
		if doc.Language == "" {
			doc.Language = p.Language
		}
	}
	if words == 0 {
		return nil
	}
	raw, err := json.Marshal(pages)
	if err != nil {
		return err
	}
	doc.WordsRef, _, err = r.Blobs.Put(ctx, bytes.NewReader(raw), MaxContent)
	return err
}

// Words reads the words of a document's pages.
func (r *Reader) Words(ctx context.Context, doc *Document) (pagefacts.Document, error) {
	if doc.WordsRef == "" {
		return pagefacts.Document{}, nil
	}
	raw, err := r.Blobs.Get(ctx, doc.WordsRef, MaxContent)
	if err != nil {
		return pagefacts.Document{}, err
	}
	var pages []reader.Page
	if err := json.Unmarshal(raw, &pages); err != nil {
		return pagefacts.Document{}, err
	}
	return onPages(pages), nil
}

// Shown brings a box (left, top, right, bottom) of a word of a page, from 1, to
// where people see it: on the page as every viewer shows it, measured in points
// from its top left, while words are measured on the page as it was read. Boxes
// in evidence are such ones.
func (d *Document) Shown(page int, box [4]float64) [4]float64 {
	for _, p := range d.Pages {
		if p.N == page {
			return reader.Page{Width: p.Width, Height: p.Height, Rotation: p.Rotation, Skew: p.Skew}.Shown(box)
		}
	}
	return box
}

// onPages brings pages into the terms in which facts are looked for.
func onPages(pages []reader.Page) pagefacts.Document {
	var d pagefacts.Document
	for _, p := range pages {
		page := pagefacts.Page{N: p.N, Width: p.Width, Height: p.Height}
		for _, w := range p.Words {
			page.Words = append(page.Words, pagefacts.Word{Page: p.N, X0: w.X0, Y0: w.Y0, X1: w.X1, Y1: w.Y1, Text: w.Text, Confidence: w.Confidence})
		}
		d.Pages = append(d.Pages, page)
		d.OCR = d.OCR || p.Source == "ocr"
	}
	return d
}
