package matching

import (
	"math"
	"slices"
	"strings"
)

// comparison is what a pair's texts have in common.
type comparison struct {
	name      int32           // of the invoice's names the one that fits best, or -1
	quoted    int32           // reference that is quoted, or -1
	account   int8            // 1 agree, -1 differ, 0 not comparable
	nameWords [maxWords]state // of that name
	words     [maxWords]state // of the transaction

	// Bits of the name's words, of words that are not the invoice's, of a quoted
	// reference and of the account.
	nameBits, extraBits, referenceBits, accountBits float64
}

func (c *comparison) bits() float64 {
	return c.nameBits + c.extraBits + c.referenceBits + c.accountBits
}

// state is what became of a word.
type state uint8

const (
	skipped state = iota // cannot be compared: beyond a cut
	found
	absent
)

// compare weighs an invoice with a text. It answers false as soon as they cannot
// reach the bits that are needed.
func (s *scorer) compare(i, text int32, needed float64, c *comparison) bool {
	in, tx := &s.invoices[i], &s.texts[text]
	c.name, c.quoted, c.account = -1, -1, 0
	c.nameBits, c.extraBits, c.referenceBits, c.accountBits = 0, 0, 0, 0
	if ours := s.rows.invoices[i].ibans; len(ours) > 0 && tx.iban >= 0 {
		s.compareAccounts(ours, tx.iban, c)
	}
	if len(tx.ids) == 0 {
		return c.bits() >= needed
	}
	if c.referenceBits = in.unquoted; len(tx.quotes) > 0 {
		s.compareReferences(s.rows.invoices[i].references, tx, c)
	}
	s.compareNames(in, tx, c)
	if c.bits() < needed {
		return false // extra words never help
	}
	s.compareExtras(i, tx, c)
	return c.bits() >= needed
}

func (s *scorer) compareAccounts(ours []int32, theirs int32, c *comparison) {
	if slices.Contains(ours, theirs) {
		c.account = 1
		c.accountBits = math.Log2(s.model.account) + s.model.surprisal(s.rows.vocabulary.words[theirs])
		return
	}
	c.account = -1
	c.accountBits = math.Log2(1 - s.model.account)
}

// compareReferences takes the rarest reference that is quoted: that the tail of a
// number stands where the number stands is no second sign.
func (s *scorer) compareReferences(references []word, tx *textTerms, c *comparison) {
	for _, q := range tx.quotes {
		if !isOneOf(references, q.id) {
			continue
		}
		bits := math.Log2(s.model.quoted) + s.model.surprisal(s.rows.vocabulary.words[q.id])
		if c.quoted < 0 || bits > c.referenceBits {
			c.quoted, c.referenceBits = q.id, bits
		}
	}
}

func isOneOf(words []word, id int32) bool {
	return slices.ContainsFunc(words, func(w word) bool { return w.id == id })
}

// compareNames takes the name that fits best.
func (s *scorer) compareNames(in *invoiceTerms, tx *textTerms, c *comparison) {
	var places, best [maxWords]int8
	for n := range in.names {
		if bits := s.compareName(&in.names[n], tx, &places); c.name < 0 || bits > c.nameBits {
			c.name, c.nameBits, best = int32(n), bits, places
		}
	}
	clear(c.words[:len(tx.ids)])
	if c.name < 0 {
		return
	}
	for k := range in.names[c.name].words {
		switch at := best[k]; at {
		case nowhere:
			c.nameWords[k] = absent
		case beyond:
			c.nameWords[k] = skipped
		default:
			c.nameWords[k], c.words[at] = found, found
		}
	}
}

// Places of a name's word that is not among the transaction's: not there, or
// perhaps where the transaction's text was cut off.
const (
	nowhere = -1
	beyond  = -2
)

// compareName weighs one name, and gives the place of each of its words.
func (s *scorer) compareName(name *nameTerms, tx *textTerms, places *[maxWords]int8) float64 {
	last := -1
	for k := range name.words {
		if places[k] = s.find(&name.words[k].wordTerms, tx); places[k] >= 0 {
			last = k
		}
	}
	var bits float32
	before := first
	for k := range name.words {
		w, at := &name.words[k], places[k]
		switch {
		case at >= 0:
			bits += w.kept[before] + worth(&w.wordTerms, &tx.words[at].wordTerms, before)
			before = shared
		case tx.cut && last >= 0 && k > last:
			places[k] = beyond
		default:
			bits += w.lost[before]
			before = missing
		}
	}
	return float64(bits)
}

// find gives the place of a name's word among a transaction's. A word that was
// cut stands for any word that begins with it.
func (s *scorer) find(w *wordTerms, tx *textTerms) int8 {
	for at, id := range tx.ids {
		if id == w.id {
			return int8(at)
		}
	}
	if !w.cut && !tx.cut {
		return nowhere
	}
	text := s.rows.vocabulary.words[w.id]
	for at := range tx.words {
		t := &tx.words[at]
		if !w.cut && !t.cut {
			continue
		}
		other := s.rows.vocabulary.words[t.id]
		if w.cut && strings.HasPrefix(other, text) || t.cut && strings.HasPrefix(text, other) {
			return int8(at)
		}
	}
	return nowhere
}

// worth is the surprisal of a word that both sides have: of the shorter form
// where one was cut.
func worth(w, t *wordTerms, before preceding) float32 {
	switch {
	case t.id == w.id:
		return w.surprisal[before]
	case w.cut:
		return min(w.prefix, t.surprisal[before])
	}
	return min(t.prefix, w.surprisal[before])
}

// compareExtras weighs what the transaction says beyond the invoice.
func (s *scorer) compareExtras(i int32, tx *textTerms, c *comparison) {
	in := &s.invoices[i]
	for _, q := range tx.quotes {
		if isOneOf(s.rows.invoices[i].references, q.id) {
			for k := q.from; k < q.to; k++ {
				c.words[k] = found
			}
		}
	}
	end := len(tx.words)
	if c.name >= 0 && in.names[c.name].cut {
		end = lastFound(c.words[:end])
	}
	var bits float32
	before := first
	for k := range tx.words[:end] {
		if tx.words[k].start {
			before = first
		}
		if c.words[k] == found || slices.Contains(in.own, tx.ids[k]) {
			c.words[k] = found
			before = shared
			continue
		}
		c.words[k] = absent
		bits += tx.words[k].extra[before]
		before = missing
	}
	c.extraBits = float64(bits)
}

// lastFound gives the end of what a cut name can be compared with, or of all
// where they have nothing in common.
func lastFound(words []state) int {
	for end := len(words); end > 0; end-- {
		if words[end-1] == found {
			return end
		}
	}
	return len(words)
}
