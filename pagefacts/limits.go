package pagefacts

import (
	"math"
	"strings"
)

// What is read of a document at most. An invoice is far below; what is above is read
// in part, so that any words end in bounded time.
const (
	maxPageWords = 3000  // of one page
	maxWords     = 12000 // of a document: its first pages and its last ones
	maxLetters   = 256   // bytes of one word
	maxPoints    = 1e5   // a coordinate; ISO 32000 has pages up to 14,400 points
	maxBeside    = 40    // words behind a label in its line
	maxBelow     = 12    // lines under a label in its column
	maxSums      = 60    // labelled amounts that are tried against one another
	maxZones     = 20    // blocks of the other party
	maxNames     = 40    // names that may be the seller's

	maxAlternatives = 8 // values that are told besides the one that was taken
)

// bounded keeps what is read of a document: words in boxes that can be on a page,
// and of long documents the first pages and the last ones, as the sums stand there.
func bounded(d Document) Document {
	pages := make([]Page, 0, len(d.Pages))
	for _, page := range d.Pages {
		words := page.Words
		page.Words = nil
		for _, w := range words[:min(len(words), 2*maxPageWords)] {
			if len(page.Words) < maxPageWords && onPaper(w) {
				w.Text = strings.ToValidUTF8(w.Text[:min(len(w.Text), maxLetters)], "")
				page.Words = append(page.Words, w)
			}
		}
		if !onPaper(Word{X1: page.Width, Y1: page.Height}) {
			page.Width, page.Height = 0, 0
		}
		pages = append(pages, page)
	}
	d.Pages = firstAndLast(pages)
	return d
}

// onPaper says whether a word's box is one: finite, not empty, not far off.
func onPaper(w Word) bool {
	for _, v := range []float64{w.X0, w.Y0, w.X1, w.Y1} {
		if math.IsNaN(v) || math.Abs(v) > maxPoints {
			return false
		}
	}
	return w.X1 > w.X0 && w.Y1 > w.Y0
}

// firstAndLast keeps two thirds of the words that are read for the first pages and
// the rest for the last ones.
func firstAndLast(pages []Page) []Page {
	total := 0
	for _, page := range pages {
		total += len(page.Words)
	}
	if total <= maxWords {
		return pages
	}
	first, words := 0, 0
	for first < len(pages) && words+len(pages[first].Words) <= maxWords*2/3 {
		words += len(pages[first].Words)
		first++
	}
	last := len(pages)
	for last > first && words+len(pages[last-1].Words) <= maxWords {
		last--
		words += len(pages[last].Words)
	}
	return append(pages[:first:first], pages[last:]...)
}
