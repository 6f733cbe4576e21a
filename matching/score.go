package matching

import (
	"math"
	"runtime"
	"slices"
	"sync"
)

// scorer weighs pairs of rows under a model. What depends on one row alone is
// worked out once, so that a pair costs a few comparisons and no memory.
type scorer struct {
	rows     *rows
	model    *Model
	invoices []invoiceTerms
	texts    []textTerms
	blocks   map[amountKey]*block
	keys     []amountKey // of blocks, in order
	quoting  map[int32][]int32
	prior    float64 // of any pair against none, in bits
}

// invoiceTerms are an invoice's parts of its pairs' weights.
type invoiceTerms struct {
	names     []nameTerms
	own       []int32 // ids of all words of all names
	money     []moneyTerms
	delay     [len(delayBins)]float64
	from      int32 // day that delays are counted from
	basis     basis
	signature signature
	ceiling   float64 // most that texts and account can add
	unquoted  float64
}

type nameTerms struct {
	words []nameWordTerms
	cut   bool
}

// nameWordTerms are what a name's word is worth, by what became of the one before.
type nameWordTerms struct {
	wordTerms
	kept, lost [precedings]float32
}

// textWordTerms are what a transaction's word is worth.
type textWordTerms struct {
	wordTerms
	start bool
	digit bool
	extra [precedings]float32
}

type wordTerms struct {
	id        int32
	cut       bool
	surprisal [precedings]float32
	prefix    float32 // surprisal of a word that begins like this one
}

type moneyTerms struct {
	money
	bits         [amountKinds][len(amountBins)]float64
	currencyBits float64
	most         [len(amountBins)]float64 // the better of bits, by bin
	best         float64                  // the best of most
	ladder       [2*len(amountBins) - 3]rung
}

// textTerms are a text's parts.
type textTerms struct {
	ids       []int32 // of words
	iban      int32
	cut       bool
	quotes    []quote
	words     []textWordTerms
	signature signature
}

// newScorer weighs pairs of these invoices with all open transactions.
func newScorer(r *rows, m *Model, invoices []int32) *scorer {
	s := &scorer{rows: r, model: m}
	odds := m.matched / (1 - m.matched)
	s.prior = math.Log2(odds / float64(m.size+pseudo))
	s.texts = make([]textTerms, len(r.texts))
	inParallel(len(r.texts), func(from, to int) {
		for k := from; k < to; k++ {
			s.texts[k] = s.textTerms(&r.texts[k])
		}
	})
	s.invoices = make([]invoiceTerms, len(r.invoices))
	inParallel(len(invoices), func(from, to int) {
		for _, i := range invoices[from:to] {
			s.invoices[i] = s.invoiceTerms(&r.invoices[i])
		}
	})
	s.index()
	return s
}

func (s *scorer) invoiceTerms(in *invoice) invoiceTerms {
	var t invoiceTerms
	best := 0.0
	for _, f := range in.names {
		name := nameTerms{cut: s.model.widths[0][f.runes], words: make([]nameWordTerms, len(f.words))}
		for k, w := range f.words {
			name.words[k] = s.nameWordTerms(f.words, k, name.cut && k == len(f.words)-1)
			t.own = append(t.own, w.id)
			s.mark(&t.signature, f.words, k, &name.words[k].wordTerms)
		}
		t.names = append(t.names, name)
		best = max(best, name.most())
	}
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

// most is the most that a name can add: the better of each word shared or
// missing, along the way.
func (n *nameTerms) most() float64 {
	best := [precedings]float64{first: 0, shared: math.Inf(-1), missing: math.Inf(-1)}
	for k := range n.words {
		w := &n.words[k]
		next := [precedings]float64{math.Inf(-1), math.Inf(-1), math.Inf(-1)}
		for before := range precedings {
			next[shared] = max(next[shared], best[before]+float64(w.kept[before]+w.surprisal[before]))
			next[missing] = max(next[missing], best[before]+float64(w.lost[before]))
		}
		best = next
	}
	return max(0, best[first], best[shared], best[missing])
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
	for b := range t.most {
		t.most[b] = max(t.bits[direct][b], t.bits[converted][b])
	}
	t.best = slices.Max(t.most[:])
	t.climb()
	t.currencyBits = math.Log2(float64(s.model.size+pseudo) / float64(total+pseudo))
	return t
}

// rung is a step on the ladder of amounts, from the least candidate to the
// largest: amounts up to it, and above the rung before, are in its bin.
type rung struct {
	upTo int64
	bin  int
}

// climb makes the ladder.
func (m *moneyTerms) climb() {
	last := len(amountBins) - 2
	for b := 1; b <= last; b++ {
		m.ladder[last-b] = rung{m.units - within(m.units, b-1) - 1, b}
		m.ladder[last+b] = rung{m.units + within(m.units, b), b}
	}
	m.ladder[last] = rung{m.units, 0}
}

func (s *scorer) textTerms(in *text) textTerms {
	t := textTerms{iban: in.iban, quotes: in.quotes, words: make([]textWordTerms, len(in.words)), ids: make([]int32, len(in.words))}
	for k, w := range in.words {
		cut := in.runes[k] > 0 && s.model.widths[1][in.runes[k]]
		t.ids[k], t.cut = w.id, t.cut || cut
		t.words[k] = s.textWordTerms(in.words, k, cut)
		s.mark(&t.signature, in.words, k, &t.words[k].wordTerms)
	}
	return t
}

// worth of a word's own cases against those of its class, in cases.
const classWorth = 5

func (s *scorer) nameWordTerms(words []word, k int, cut bool) nameWordTerms {
	t := nameWordTerms{wordTerms: s.wordTerms(words, k, cut)}
	own := s.model.keptOf[s.rows.vocabulary.words[words[k].id]]
	for c := range precedings {
		kept := own[c].shrunk(s.model.kept[words[k].class()][c], classWorth)
		t.kept[c] = float32(math.Log2(kept))
		t.lost[c] = float32(math.Log2((1 - kept) / (1 - math.Exp2(-float64(t.surprisal[first])))))
	}
	return t
}

func (s *scorer) textWordTerms(words []word, k int, cut bool) textWordTerms {
	t := textWordTerms{wordTerms: s.wordTerms(words, k, cut), start: words[k].start, digit: words[k].digit}
	own := s.model.extraOf[s.rows.vocabulary.words[words[k].id]]
	for c := range precedings {
		t.extra[c] = float32(math.Log2(own[c].shrunk(s.model.extra[words[k].class()][c], classWorth)))
	}
	return t
}

// wordTerms weighs the k-th of words that stand in a row.
func (s *scorer) wordTerms(words []word, k int, cut bool) wordTerms {
	w, m := words[k], s.model
	text := s.rows.vocabulary.words[w.id]
	t := wordTerms{id: w.id, cut: cut}
	alone := m.surprisal(text)
	t.surprisal = [precedings]float32{float32(alone), float32(alone), float32(alone)}
	if !w.start && k > 0 {
		t.surprisal[shared] = float32(min(alone, m.surprisalAfter(s.rows.vocabulary.words[words[k-1].id], text)))
	}
	if cut {
		t.prefix = float32(-math.Log2(m.share(m.startingWith(text), chance(text))))
	}
	return t
}

// inParallel splits the numbers below n into runs, one for each processor.
func inParallel(n int, run func(from, to int)) {
	parts := min(runtime.GOMAXPROCS(0), n)
	var wait sync.WaitGroup
	for k := range parts {
		wait.Go(func() { run(n*k/parts, n*(k+1)/parts) })
	}
	wait.Wait()
}
