package matching

import (
	"math"
	"slices"
	"strings"
)

// comparison is what a pair's texts have in common.
type comparison struct {
	name         int // of the invoice's names the one that fits best, or -1
	nameWords    [maxWords]state
	words        [maxWords]state // of the transaction
	quoted       int32           // reference that is quoted, or -1
	names        float64         // bits of the name's words
	extras       float64         // bits of words that are not the invoice's
	reference    float64
	account      float64
	accountFound int8 // 1 agree, -1 differ, 0 not comparable
	hits         int  // words of the name that are shared
}

func (c *comparison) bits() float64 { return c.names + c.extras + c.reference + c.account }

// state is what became of a word.
type state uint8

const (
	skipped state = iota // cannot be compared: beyond a cut
	found
	absent
)

// compare weighs the texts of a pair.
func (s *scorer) compare(i, j int32, c *comparison) {
	in, tx := &s.invoices[i], &s.transactions[j]
	*c = comparison{name: -1, quoted: -1}
	s.compareAccounts(i, j, c)
	if len(tx.words) == 0 {
		return
	}
	s.compareReferences(i, j, c)
	best := comparison{name: -1}
	for n := range in.names {
		trial := comparison{}
		s.compareName(&in.names[n], tx, &trial)
		if best.name < 0 || trial.names > best.names {
			best, best.name = trial, n
		}
	}
	if best.name >= 0 {
		c.name, c.names, c.hits, c.nameWords, c.words = best.name, best.names, best.hits, best.nameWords, best.words
	}
	s.compareExtras(i, j, c)
}

func (s *scorer) compareAccounts(i, j int32, c *comparison) {
	ours, theirs := s.rows.invoices[i].ibans, s.rows.transactions[j].iban
	if len(ours) == 0 || theirs < 0 {
		return
	}
	if slices.Contains(ours, theirs) {
		c.accountFound = 1
		c.account = math.Log2(s.model.account) + s.model.surprisal(s.rows.vocabulary.words[theirs])
		return
	}
	c.accountFound = -1
	c.account = math.Log2(1 - s.model.account)
}

// compareReferences takes the rarest reference that is quoted: that the tail of a
// number stands where the number stands is no second sign.
func (s *scorer) compareReferences(i, j int32, c *comparison) {
	c.reference = s.invoices[i].unquoted
	for _, q := range s.rows.transactions[j].quotes {
		if !slices.ContainsFunc(s.rows.invoices[i].references, func(w word) bool { return w.id == q.id }) {
			continue
		}
		bits := math.Log2(s.model.quoted) + s.model.surprisal(s.rows.vocabulary.words[q.id])
		if c.quoted < 0 || bits > c.reference {
			c.quoted, c.reference = q.id, bits
		}
	}
}

func (s *scorer) compareName(name *nameTerms, tx *transactionTerms, c *comparison) {
	last := -1
	for k := range name.words {
		at := s.find(&name.words[k], tx)
		if at < 0 {
			c.nameWords[k] = absent
			continue
		}
		c.nameWords[k], c.words[at] = found, found
		last = k
	}
	if tx.cut && last >= 0 {
		for k := last + 1; k < len(name.words); k++ {
			c.nameWords[k] = skipped
		}
	}
	before := first
	for k := range name.words {
		switch w := &name.words[k]; c.nameWords[k] {
		case found:
			c.names += w.kept[before] + s.worth(w, tx, before)
			c.hits++
			before = shared
		case absent:
			c.names += w.lost[before]
			before = missing
		}
	}
}

// find gives the place of a name's word among a transaction's, or -1. A word
// that was cut stands for any word that begins with it.
func (s *scorer) find(w *wordTerms, tx *transactionTerms) int {
	for at := range tx.words {
		if tx.words[at].id == w.id {
			return at
		}
	}
	if !w.cut && !tx.cut {
		return -1
	}
	text := s.rows.vocabulary.words[w.id]
	for at := range tx.words {
		t := &tx.words[at]
		if !w.cut && !t.cut {
			continue
		}
		other := s.rows.vocabulary.words[t.id]
		if w.cut && strings.HasPrefix(other, text) || t.cut && strings.HasPrefix(text, other) {
			return at
		}
	}
	return -1
}

// worth is the surprisal of what a name's word and the transaction share: of the
// shorter one where either was cut.
func (s *scorer) worth(w *wordTerms, tx *transactionTerms, before preceding) float64 {
	at := s.find(w, tx)
	t := &tx.words[at]
	if t.id == w.id {
		return w.surprisal[before]
	}
	if w.cut {
		return min(w.prefix, t.surprisal[before])
	}
	return min(t.prefix, w.surprisal[before])
}

// compareExtras weighs what the transaction says beyond the invoice.
func (s *scorer) compareExtras(i, j int32, c *comparison) {
	in, tx := &s.invoices[i], &s.transactions[j]
	for _, q := range s.rows.transactions[j].quotes {
		if slices.ContainsFunc(s.rows.invoices[i].references, func(w word) bool { return w.id == q.id }) {
			for k := q.from; k < q.to; k++ {
				c.words[k] = found
			}
		}
	}
	beyond := len(tx.words)
	if c.name >= 0 && in.names[c.name].cut {
		for beyond > 0 && c.words[beyond-1] != found {
			beyond--
		}
		if beyond == 0 {
			beyond = len(tx.words)
		}
	}
	before := first
	for k := range tx.words[:beyond] {
		if tx.starts[k] {
			before = first
		}
		if c.words[k] != found {
			if _, own := slices.BinarySearch(in.own, tx.words[k].id); own {
				c.words[k] = found
			}
		}
		if c.words[k] == found {
			before = shared
			continue
		}
		c.words[k] = absent
		c.extras += tx.words[k].extra[before]
		before = missing
	}
}
