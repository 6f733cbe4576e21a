package pagefacts

import (
	"sort"
	"strings"
)

// row is a line of words that stand beside each other.
type row struct {
	page   int
	words  []Word
	y0, y1 float64
}

// paper is a document in rows.
type paper struct {
	doc      Document
	rows     []row
	dayFirst bool
}

func newPaper(d Document) *paper {
	p := &paper{doc: d}
	for _, page := range d.Pages {
		p.rows = append(p.rows, rowsOf(page)...)
	}
	p.dayFirst = p.writesDayFirst()
	return p
}

// rowsOf gathers the words whose middles lie at one height.
func rowsOf(page Page) []row {
	words := append([]Word(nil), page.Words...)
	sort.SliceStable(words, func(i, j int) bool { return words[i].Y0+words[i].Y1 < words[j].Y0+words[j].Y1 })
	var rows []row
	for _, w := range words {
		w.Page = page.N
		middle := (w.Y0 + w.Y1) / 2
		if n := len(rows); n > 0 && middle < rows[n-1].y1 && middle > rows[n-1].y0 {
			last := &rows[n-1]
			last.words = append(last.words, w)
			continue
		}
		rows = append(rows, row{page: page.N, words: []Word{w}, y0: w.Y0, y1: w.Y1})
	}
	for i := range rows {
		sort.SliceStable(rows[i].words, func(a, b int) bool { return rows[i].words[a].X0 < rows[i].words[b].X0 })
	}
	return rows
}

func (r row) text() string { return join(r.words) }

func join(words []Word) string {
	var parts []string
	for _, w := range words {
		parts = append(parts, w.Text)
	}
	return strings.Join(parts, " ")
}

// factOf is a fact with the box around its words.
func factOf(value string, confidence float64, words []Word) Fact {
	if value == "" || len(words) == 0 {
		return Fact{}
	}
	f := Fact{Value: value, Confidence: confidence, Page: words[0].Page, Quote: join(words), BBox: [4]float64{words[0].X0, words[0].Y0, words[0].X1, words[0].Y1}}
	for _, w := range words[1:] {
		f.BBox[0], f.BBox[1] = min(f.BBox[0], w.X0), min(f.BBox[1], w.Y0)
		f.BBox[2], f.BBox[3] = max(f.BBox[2], w.X1), max(f.BBox[3], w.Y1)
	}
	return f
}

// find looks for a label in a row and returns where it begins and ends.
func (r row) find(labels []string) (from, to int, label string) {
	for _, label := range labels {
		n := len(strings.Fields(label))
		for i := range r.words {
			for length := 1; length <= n+1 && i+length <= len(r.words); length++ {
				text := strings.Trim(fold(join(r.words[i:i+length])), " :.#")
				if text == label || strings.ReplaceAll(text, " ", "") == strings.ReplaceAll(label, " ", "") {
					return i, i + length, label
				}
			}
		}
	}
	return 0, 0, ""
}

// take reads a value out of words, from the first on; it returns the value and
// how many words it took.
type take func(words []Word) (string, int)

// labelled finds the value that a label points at: to its right in the row, or
// below it in the column.
func (p *paper) labelled(labels []string, read take) Fact {
	for _, label := range labels {
		for i, r := range p.rows {
			_, to, found := r.find([]string{label})
			if found == "" {
				continue
			}
			if f := scan(r.words[to:], read, 3, .9); f.Value != "" {
				return f
			}
			from, _, _ := r.find([]string{label})
			if f := p.below(i, r.words[from], read); f.Value != "" {
				return f
			}
		}
	}
	return Fact{}
}

// scan tries the first few words of a row.
func scan(words []Word, read take, most int, confidence float64) Fact {
	for i := 0; i < len(words) && i < most; i++ {
		if v, n := read(words[i:]); v != "" {
			return factOf(v, confidence, words[i:i+n])
		}
	}
	return Fact{}
}

// below looks under a label for a word that begins near its left edge.
func (p *paper) below(i int, label Word, read take) Fact {
	for j := i + 1; j < len(p.rows) && j <= i+2 && p.rows[j].page == p.rows[i].page; j++ {
		for k, w := range p.rows[j].words {
			if w.X1 < label.X0-5 || w.X0 > label.X1+60 {
				continue
			}
			if v, n := read(p.rows[j].words[k:]); v != "" {
				return factOf(v, .85, p.rows[j].words[k:k+n])
			}
		}
	}
	return Fact{}
}

// kind says what the document calls itself.
func (p *paper) kind() string {
	text := ""
	for _, r := range p.rows {
		text += fold(r.text()) + "\n"
	}
	for _, w := range creditWords {
		if strings.Contains(text, w) {
			return CreditNote
		}
	}
	for _, w := range invoiceWords {
		if strings.Contains(text, w) {
			return Invoice
		}
	}
	return Unknown
}

// LooksLikeInvoice tells whether a document is worth reading as one, and why.
func LooksLikeInvoice(d Document) (bool, string) {
	p := newPaper(d)
	if len(p.rows) == 0 {
		return false, "there are no words on it"
	}
	f := Read(d)
	if f.Kind != Unknown && f.GrossTotal.Value != "" {
		return true, "it calls itself an invoice and has a total"
	}
	if f.GrossTotal.Value != "" && (f.Number.Value != "" || len(f.IBANs) > 0 || f.TaxTotal.Value != "") {
		return true, "it has a total and what goes with one"
	}
	if f.Kind != Unknown && (f.Number.Value != "" || f.IssueDate.Value != "") {
		return true, "it calls itself an invoice"
	}
	return false, "neither the words nor the amounts of an invoice stand on it"
}
