package matching

import (
	"math"
	"slices"
	"unicode/utf8"
)

// scorer weighs pairs of rows under a model. What depends on one row alone is
// worked out once, so that a pair costs a few comparisons and no memory.
type scorer struct {
	rows         *rows
	model        *Model
	invoices     []invoiceTerms
	transactions []transactionTerms
	blocks       map[amountKey]*block
	keys         []amountKey // of blocks, in order
	quoting      map[int32][]int32
	prior        float64 // of any pair against none, in bits
}

// invoiceTerms are an invoice's parts of its pairs' weights.
type invoiceTerms struct {
	names     []nameTerms
	own       []int32 // ids of all words of all names, sorted
	money     []moneyTerms
	delay     [len(delayBins)]float64
	from      int32 // day that delays are counted from
	basis     basis
	signature uint64
	ceiling   float64 // most that texts and account can add
	unquoted  float64
}

type nameTerms struct {
	words []wordTerms
	cut   bool
}

// wordTerms are what a word is worth, by what became of the word before it.
type wordTerms struct {
	id        int32
	cut       bool
	surprisal [contexts]float64
	prefix    float64 // surprisal of a word that begins like this one
	kept      [contexts]float64
	lost      [contexts]float64
	extra     [contexts]float64
}

type moneyTerms struct {
	money
	bits         [amountKinds][len(amountBins)]float64
	currencyBits float64
}

// transactionTerms are a transaction's parts.
type transactionTerms struct {
	words     []wordTerms
	starts    []bool
	cut       bool
	signature uint64
}

// prefixLetters is how many letters two words must share before one can be the
// other, cut.
const prefixLetters = 2

func newScorer(r *rows, m *Model) *scorer {
	s := &scorer{rows: r, model: m}
	odds := m.matched / (1 - m.matched)
	s.prior = math.Log2(odds / float64(m.size+pseudo))
	s.transactions = make([]transactionTerms, len(r.transactions))
	for j := range r.transactions {
		s.transactions[j] = s.transactionTerms(&r.transactions[j])
	}
	s.invoices = make([]invoiceTerms, len(r.invoices))
	for i := range r.invoices {
		s.invoices[i] = s.invoiceTerms(&r.invoices[i])
	}
	s.index()
	return s
}

func (s *scorer) invoiceTerms(in *invoice) invoiceTerms {
	t := invoiceTerms{unquoted: 0}
	best := 0.0
	for _, f := range in.names {
		name := nameTerms{cut: s.model.widths[0][f.runes]}
		most := 0.0
		for k, w := range f.words {
			terms := s.wordTerms(f.words, k, name.cut && k == len(f.words)-1)
			name.words = append(name.words, terms)
			t.own = append(t.own, w.id)
			t.signature |= s.signature(f.words, k, &terms)
			most += math.Max(0, math.Max(terms.surprisal[first], terms.surprisal[shared]))
		}
		t.names = append(t.names, name)
		best = max(best, most)
	}
	slices.Sort(t.own)
	t.own = slices.Compact(t.own)
	t.ceiling = best + s.mostQuoted(in)
	if len(in.references) > 0 {
		t.unquoted = math.Log2(1 - s.model.quoted)
	}
	for _, m := range in.money {
		t.money = append(t.money, s.moneyTerms(in, m))
	}
	s.delayTerms(in, &t)
	return t
}

// mostQuoted bounds what references and accounts can add.
func (s *scorer) mostQuoted(in *invoice) float64 {
	most, account := 0.0, 0.0
	for _, w := range in.references {
		most = max(most, s.model.surprisal(s.rows.vocabulary.words[w.id]))
	}
	for _, id := range in.ibans {
		account = max(account, s.model.surprisal(s.rows.vocabulary.words[id]))
	}
	return most + account
}

func (s *scorer) delayTerms(in *invoice, t *invoiceTerms) {
	t.from, t.basis = in.issue, fromIssue
	if in.due != noDay && (in.issue == noDay || in.due > in.issue) {
		t.from, t.basis = in.due, fromDue
	}
	if t.from == noDay {
		return
	}
	for b := range delayBins {
		u := s.model.dayShare(t.from+366, math.MaxInt32-1)
		if b < len(delayBins)-1 {
			u = s.model.dayShare(t.from+delayBins[b], t.from+delayBins[b+1]-1)
		}
		t.delay[b] = math.Log2(s.model.delay[t.basis][b] / u)
	}
}

func (s *scorer) moneyTerms(in *invoice, m money) moneyTerms {
	t := moneyTerms{money: m}
	var lists [][]int64
	total := 0
	for _, sign := range []int8{-1, 1} {
		if in.sign == 0 || in.sign == sign {
			lists = append(lists, s.model.amounts[amountKey{m.currency, sign}])
			total += len(lists[len(lists)-1])
		}
	}
	for b := range amountBins {
		u := s.model.amountShare(lists, m.units, b)
		for kind := direct; kind < unrelated; kind++ {
			t.bits[kind][b] = math.Log2(s.model.kinds[kind] * s.model.amount[kind][b] / u)
		}
	}
	t.currencyBits = math.Log2(float64(s.model.size+pseudo) / float64(total+pseudo))
	return t
}

func (s *scorer) transactionTerms(in *transaction) transactionTerms {
	t := transactionTerms{words: make([]wordTerms, len(in.words)), starts: make([]bool, len(in.words))}
	for k, w := range in.words {
		cut := in.runes[k] > 0 && s.model.widths[1][in.runes[k]]
		t.words[k] = s.wordTerms(in.words, k, cut)
		t.starts[k] = w.start
		t.cut = t.cut || cut
		t.signature |= s.signature(in.words, k, &t.words[k])
	}
	return t
}

// wordTerms weighs the k-th of words that stand in a row.
func (s *scorer) wordTerms(words []word, k int, cut bool) wordTerms {
	w, m := words[k], s.model
	text := s.rows.vocabulary.words[w.id]
	t := wordTerms{id: w.id, cut: cut}
	alone := m.surprisal(text)
	t.surprisal = [contexts]float64{first: alone, missing: alone, shared: alone}
	if !w.start && k > 0 {
		t.surprisal[shared] = min(alone, m.surprisalAfter(s.rows.vocabulary.words[words[k-1].id], text))
	}
	if cut {
		t.prefix = -math.Log2(m.share(m.startingWith(text), chance(text)))
	}
	of := nameWord
	if w.digit {
		of = digitWord
	}
	const worth = 5 // cases of a word's class that stand beside the word's own
	kept, extra := m.keptOf[text], m.extraOf[text]
	for c := range contexts {
		k, e := kept[c].shrunk(m.kept[of][c], worth), extra[c].shrunk(m.extra[of][c], worth)
		t.kept[c], t.extra[c] = math.Log2(k), math.Log2(e)
		t.lost[c] = math.Log2((1 - k) / (1 - math.Exp2(-alone)))
	}
	return t
}

// signature sets a bit for what is worth something when shared: a word by its
// first letters, so that a word and its cut form meet, and two words in a row,
// since those of "G G" are worth little one by one.
func (s *scorer) signature(words []word, k int, t *wordTerms) uint64 {
	const negligible = 3 // bits
	text, set := s.rows.vocabulary.words[t.id], uint64(0)
	if t.surprisal[first] >= negligible {
		beginning := text
		for n := range text {
			if n > 0 && utf8.RuneCountInString(text[:n]) == prefixLetters {
				beginning = text[:n]
				break
			}
		}
		set = 1 << (letterHash(beginning) % 64)
	}
	if k > 0 && !words[k].start {
		set |= 1 << (letterHash(s.rows.vocabulary.words[words[k-1].id]+" "+text) % 64)
	}
	return set
}

// letterHash is FNV-1a: the same in every run.
func letterHash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h ^ h>>32
}
