package company

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/extraction"
	"github.com/enrichd/enrichd/pagefacts"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sitefacts"
	"github.com/enrichd/enrichd/webpage"
)

// Where a letter says who wrote it, as shares of the height of a page, and how many
// documents are looked at.
const (
	headEnds   = .28
	footBegins = .8
	mostPaper  = 5
)

// cell is a run of words at the head or the foot of a page, as one reads it.
type cell struct {
	text string
	page int
	box  [4]float64 // left, top, right, bottom, in points of the page as it was read
}

// paper reads the letterhead and the foot of a document without XML: who wrote it,
// where, under which numbers. It counts where the document is the company's own, by
// its seller; of what the pages say of others nothing is taken.
func (s *study) paper(ctx context.Context, doc record.Document, parsed *extraction.Document) error {
	words, err := s.kind.Reader.Words(ctx, parsed)
	if err != nil || len(words.Pages) == 0 {
		return err
	}
	seller := pagefacts.Read(words)
	foot, head := zones(words)
	at := &url.URL{Scheme: "https", Host: s.known.Site()} // addresses there are its own
	facts := sitefacts.ReadOwn(page(at, foot), page(at, head))
	vat := record.ParseVATID(seller.SellerVATID.Value)
	if vat.Check != record.CheckValid {
		vat = record.TaxID{}
	}
	if record.SameTaxID(facts.VATID.Value, seller.BuyerVATID.Value) || vat.Value != "" && !record.SameTaxID(facts.VATID.Value, vat.Value) {
		facts.VATID = sitefacts.Fact{}
	}
	taxID := cmp.Or(vat.Value, facts.VATID.Value)
	if s.judge(claim{taxID: taxID, names: []string{seller.SellerName.Value, facts.Name.Value}}) != same {
		return nil
	}
	p := printed{study: s, doc: doc, parsed: parsed, cells: append(foot, head...), ocr: words.OCR}
	if !p.names(facts.Name.Value) { // an address belongs to the name above it
		facts.Name, facts.Street, facts.PostalCode, facts.City, facts.Country = sitefacts.Fact{}, sitefacts.Fact{}, sitefacts.Fact{}, sitefacts.Fact{}, sitefacts.Fact{}
	}
	p.take(facts)
	p.found("registered_name", seller.SellerName, seller.SellerName.Value)
	if vat.Value != "" {
		p.found("tax_id_value", seller.SellerVATID, vat.Value)
		p.found("tax_id_type", seller.SellerVATID, vat.Type)
	}
	return nil
}

// printed is what the pages of a document say, on its way into the study.
type printed struct {
	*study
	doc    record.Document
	parsed *extraction.Document
	cells  []cell
	ocr    bool
}

// names reports whether a name is one that the company is known by.
func (p printed) names(name string) bool {
	return name != "" && p.judge(claim{names: []string{name}}) == same
}

// take brings over what stands verbatim in a cell, with the cell's place.
func (p printed) take(f sitefacts.Facts) {
	for _, one := range []struct {
		name string
		fact sitefacts.Fact
	}{
		{"registered_name", f.Name},
		{"street", f.Street},
		{"postal_code", f.PostalCode},
		{"city", f.City},
		{"country", f.Country},
		{"email", f.Email},
		{"phone", f.Phone},
		{"registration_number", f.Registration},
		{"registration_court", f.Court},
		{"lei", f.LEI},
		{"tax_id_value", f.VATID},
	} {
		k := slices.IndexFunc(p.cells, func(c cell) bool { return c.text == one.fact.Quote })
		if one.fact.Absent() || k < 0 {
			continue
		}
		c := p.cells[k]
		p.found(one.name, pagefacts.Fact{Confidence: one.fact.Confidence, Confirmed: one.fact.Verified, Page: c.page, BBox: c.box, Quote: c.text}, one.fact.Value)
		if one.name == "tax_id_value" {
			p.found("tax_id_type", pagefacts.Fact{Confidence: one.fact.Confidence, Confirmed: one.fact.Verified, Page: c.page, BBox: c.box, Quote: c.text}, record.ParseVATID(one.fact.Value).Type)
		}
	}
}

// found adds a value with its place. What was recognised is less sure, but for a
// number whose check digits are right.
func (p printed) found(name string, f pagefacts.Fact, value string) {
	checked := f.Confirmed && strings.HasPrefix(name, "tax_id")
	if p.ocr && !checked {
		f.Confidence *= .9
	}
	box := p.parsed.Shown(f.Page, f.BBox)
	p.add(name, stated{
		value: value, quote: f.Quote, source: "pages", origin: enrich.ByRule, confidence: min(f.Confidence, .97), verified: checked,
		ref: enrich.EvidenceRef{EntityType: record.EntityDocument, EntityID: p.doc.ID, Page: f.Page, BBox: box[:]},
	})
}

// page gives cells the form in which rules on pages take them.
func page(at *url.URL, cells []cell) *webpage.Page {
	p := &webpage.Page{URL: at}
	for _, c := range cells {
		p.Lines = append(p.Lines, webpage.Line{Text: c.text})
	}
	return p
}

// zones gives the cells at the foot and at the head of the first page and of the last.
func zones(d pagefacts.Document) (foot, head []cell) {
	for n, p := range d.Pages {
		if n > 0 && n < len(d.Pages)-1 {
			continue
		}
		var top, bottom []pagefacts.Word
		for _, w := range p.Words {
			switch {
			case w.Y1 <= headEnds*p.Height:
				top = append(top, w)
			case w.Y0 >= footBegins*p.Height:
				bottom = append(bottom, w)
			}
		}
		foot, head = append(foot, columns(cells(bottom))...), append(head, columns(cells(top))...)
	}
	return foot, head
}

// cells puts words of one height together, and parts them where a gap is wider than
// the letters are high: columns of a foot stand side by side.
func cells(words []pagefacts.Word) (list []cell) {
	words = slices.Clone(words)
	middle := func(w pagefacts.Word) float64 { return (w.Y0 + w.Y1) / 2 }
	slices.SortStableFunc(words, func(a, b pagefacts.Word) int { return cmp.Compare(middle(a), middle(b)) })
	for len(words) > 0 {
		n := 1
		for n < len(words) && middle(words[n])-middle(words[0]) < (words[0].Y1-words[0].Y0)/2 {
			n++
		}
		row := words[:n]
		words = words[n:]
		slices.SortStableFunc(row, func(a, b pagefacts.Word) int { return cmp.Compare(a.X0, b.X0) })
		from := 0
		for k := 1; k <= len(row); k++ {
			if k == len(row) || row[k].X0-row[k-1].X1 > row[k].Y1-row[k].Y0 || strings.Trim(row[k].Text, "·•|") == "" {
				list = appendCell(list, row[from:k])
				from = k
			}
		}
	}
	return list
}

func appendCell(list []cell, words []pagefacts.Word) []cell {
	if len(words) > 0 && strings.Trim(words[0].Text, "·•|") == "" {
		words = words[1:]
	}
	if len(words) == 0 {
		return list
	}
	c := cell{page: words[0].Page, box: [4]float64{words[0].X0, words[0].Y0, words[0].X1, words[0].Y1}}
	texts := make([]string, len(words))
	for k, w := range words {
		texts[k] = w.Text
		c.box = [4]float64{min(c.box[0], w.X0), min(c.box[1], w.Y0), max(c.box[2], w.X1), max(c.box[3], w.Y1)}
	}
	c.text = strings.Join(texts, " ")
	return append(list, c)
}

// near is how far the left edges of one column lie apart at most, in points.
const near = 12

// columns puts cells in the order in which columns are read: from left to right, each
// from the top. Rows of one column stay as they are.
func columns(list []cell) []cell {
	slices.SortStableFunc(list, func(a, b cell) int { return cmp.Compare(a.box[0], b.box[0]) })
	var out [][]cell
	for _, c := range list {
		k := slices.IndexFunc(out, func(column []cell) bool { return c.box[0]-column[0].box[0] < near })
		if k < 0 {
			out = append(out, nil)
			k = len(out) - 1
		}
		out[k] = append(out[k], c)
	}
	for _, column := range out {
		slices.SortStableFunc(column, func(a, b cell) int { return cmp.Compare(a.box[1], b.box[1]) })
	}
	return slices.Concat(out...)
}
