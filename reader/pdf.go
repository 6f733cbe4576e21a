package reader

import (
	"unicode/utf8"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// Limits of what is taken out of a PDF.
const (
	maxChars   = 2_000_000 // of all text layers together
	maxObjects = 5_000     // of a page, that are looked at for pictures
)

// pdf reads text layers, attachments and what the file says about itself.
func (e *engine) pdf(content []byte, maxPages int) (*File, error) {
	doc, done, err := e.open(content)
	if err != nil {
		return nil, err
	}
	defer done()
	count, err := e.lib.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc})
	if err != nil {
		return nil, err
	}
	switch {
	case count.PageCount == 0:
		return nil, faultf(CodeDamaged, "It has no pages.")
	case count.PageCount > maxPages:
		return nil, faultf(CodeTooManyPages, "It has %d pages; at most %d are read.", count.PageCount, maxPages)
	}
	f := &File{Kind: "pdf", Meta: e.meta(doc)}
	if handler, err := e.lib.FPDF_GetSecurityHandlerRevision(&requests.FPDF_GetSecurityHandlerRevision{Document: doc}); err == nil {
		f.Encrypted = handler.SecurityHandlerRevision >= 0 // -1: none
	}
	f.Attachments, f.Left = e.attachments(doc)
	f.Pages, err = e.pages(doc, count.PageCount)
	return f, err
}

// pages reads all pages. One damaged page costs itself; a file of nothing else
// is damaged.
func (e *engine) pages(doc references.FPDF_DOCUMENT, count int) ([]Page, error) {
	var pages []Page
	whole, chars := 0, 0
	for i := range count {
		p, err := e.page(doc, i, &chars)
		switch {
		case isOrdinary(err):
			p = Page{N: i + 1, Source: "none", Damaged: true}
		case err != nil:
			return nil, err
		default:
			whole++
		}
		pages = append(pages, p)
	}
	if whole == 0 {
		return nil, faultf(CodeDamaged, "None of its pages can be loaded.")
	}
	return pages, nil
}

// meta are the entries of the information dictionary.
func (e *engine) meta(doc references.FPDF_DOCUMENT) map[string]string {
	meta := map[string]string{}
	for _, tag := range []string{"Title", "Author", "Creator", "Producer", "CreationDate"} {
		text, err := e.lib.FPDF_GetMetaText(&requests.FPDF_GetMetaText{Document: doc, Tag: tag})
		if err != nil || text.Value == "" {
			continue
		}
		v := text.Value[:min(len(text.Value), 1000)]
		for !utf8.ValidString(v) && v != "" { // a rune was cut, or it never was text
			v = v[:len(v)-1]
		}
		meta[tag] = v
	}
	return meta
}

// page reads the text layer of one page, from 0, and adds its characters to the
// count.
func (e *engine) page(doc references.FPDF_DOCUMENT, index int, chars *int) (Page, error) {
	loaded, err := e.lib.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: doc, Index: index})
	if err != nil {
		return Page{}, err
	}
	defer func() { _, _ = e.lib.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page}) }()
	at := requests.Page{ByReference: &loaded.Page}
	view, err := e.viewOf(at)
	if err != nil {
		return Page{}, err
	}
	p := Page{N: index + 1, Width: view.width, Height: view.height, Source: "none"}
	glyphs, bad, err := e.glyphs(at, view)
	if err != nil {
		return Page{}, err
	}
	if *chars += len(glyphs); *chars > maxChars {
		return Page{}, faultf(CodeResourceLimit, "It has more than %d characters of text.", maxChars)
	}
	p.Words = layOut(wordsOf(glyphs))
	if len(p.Words) > 0 {
		p.Source = "text_layer"
		p.GarbleScore = garbleScore(p.Words, bad)
		p.Garbled, p.Confidence = p.GarbleScore >= .5, 1-p.GarbleScore
		p.Grade = gradeOf(p.Confidence)
		p.Text, p.Language = textOf(p.Words), languageOf(p.Words)
	}
	return p, e.pictures(at, view, &p)
}

// pictures tells how much of a page lies under pictures, and whether there is
// anything on it at all. Forms and shadings count as covering, since a scan may
// hide in them.
func (e *engine) pictures(at requests.Page, v view, p *Page) error {
	count, err := e.lib.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: at})
	if err != nil {
		return err
	}
	notes, err := e.lib.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: at})
	if err != nil {
		return err
	}
	p.Blank = count.Count == 0 && notes.Count == 0
	covered := 0.0
	for i := range min(count.Count, maxObjects) {
		object, err := e.lib.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: at, Index: i})
		if err != nil {
			continue
		}
		kind, err := e.lib.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: object.PageObject})
		if err != nil || kind.Type == enums.FPDF_PAGEOBJ_TEXT || kind.Type == enums.FPDF_PAGEOBJ_PATH {
			continue
		}
		if kind.Type == enums.FPDF_PAGEOBJ_IMAGE {
			p.Images++
		}
		if b, err := e.lib.FPDFPageObj_GetBounds(&requests.FPDFPageObj_GetBounds{PageObject: object.PageObject}); err == nil {
			covered += float64(b.Right-b.Left) * float64(b.Top-b.Bottom)
		}
	}
	if area := (v.right - v.left) * (v.top - v.bottom); area > 0 {
		p.Covered = min(max(covered/area, 0), 1)
	}
	return nil
}
