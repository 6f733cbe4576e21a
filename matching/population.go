package matching

import (
	"math"
	"slices"
	"strings"
)

// count makes the population of the rows' transactions.
func count(r *rows) population {
	p := population{
		size: len(r.transactions), amounts: map[amountKey][]int64{}, words: map[string]int32{}, pairs: map[[2]string]int32{},
	}
	for j := range r.transactions {
		t := &r.transactions[j]
		for _, m := range t.money {
			key := amountKey{m.currency, t.sign}
			p.amounts[key] = append(p.amounts[key], m.units)
		}
		if t.day != noDay {
			p.days = append(p.days, t.day)
		}
	}
	for k := range r.texts {
		p.countWords(r.vocabulary, &r.texts[k])
	}
	for _, list := range p.amounts {
		slices.Sort(list)
	}
	slices.Sort(p.days)
	p.sortWords()
	p.widths = widths(r)
	return p
}

func (p *population) countWords(v *vocabulary, t *text) {
	used := int32(t.used)
	if t.iban >= 0 {
		p.words[v.words[t.iban]] += used
	}
	for k, w := range t.words {
		if !isOneOf(t.words[:k], w.id) {
			p.words[v.words[w.id]] += used
		}
		if !w.start {
			p.pairs[[2]string{v.words[t.words[k-1].id], v.words[w.id]}] += used
		}
	}
	for k, q := range t.quotes {
		if q.to > q.from+1 && !slices.ContainsFunc(t.quotes[:k], func(o quote) bool { return o.id == q.id }) {
			p.words[v.words[q.id]] += used
		}
	}
}

func (p *population) sortWords() {
	p.sorted = make([]wordCount, 0, len(p.words)+1)
	for w := range p.words {
		p.sorted = append(p.sorted, wordCount{word: w})
	}
	slices.SortFunc(p.sorted, func(a, b wordCount) int { return strings.Compare(a.word, b.word) })
	var sum int32
	for k := range p.sorted {
		p.sorted[k].before = sum
		sum += p.words[p.sorted[k].word]
	}
	p.sorted = append(p.sorted, wordCount{word: "\U0010FFFF", before: sum})
}

// startingWith counts transactions that hold a word with this beginning.
func (p *population) startingWith(prefix string) int32 {
	at := func(s string) int32 {
		k, _ := slices.BinarySearchFunc(p.sorted, s, func(w wordCount, s string) int { return strings.Compare(w.word, s) })
		return p.sorted[min(k, len(p.sorted)-1)].before
	}
	if len(p.sorted) == 0 {
		return 0
	}
	return at(prefix+"\U0010FFFF") - at(prefix)
}

// share is the smoothed part of the population that a count stands for, one of
// the counted being the row that is looked at.
func (p *population) share(count int32, prior float64) float64 {
	return (math.Max(float64(count)-1, 0) + pseudo*prior) / (math.Max(float64(p.size)-1, 0) + pseudo)
}

// surprisal is -log2 of a word's share.
func (p *population) surprisal(w string) float64 {
	return -math.Log2(p.share(p.words[w], chance(w)))
}

// surprisalAfter is -log2 of a word's share among transactions that hold the word
// before it.
func (p *population) surprisalAfter(before, w string) float64 {
	const weight = 2
	both := math.Max(float64(p.pairs[[2]string{before, w}])-1, 0)
	all := math.Max(float64(p.words[before])-1, both)
	return -math.Log2((both + weight*p.share(p.words[w], chance(w))) / (all + weight))
}

// chance is the share of transactions that would hold a word, by its characters
// alone: a letter of natural language carries about 2.3 bits (Shannon 1951), a
// digit log2(10), and a word of letters no more than eight bits, since names
// and nouns recur. Two digits can thus never carry more than seven bits.
func chance(w string) float64 {
	letters, digits := 0.0, 0.0
	for _, r := range w {
		if r >= '0' && r <= '9' {
			digits++
		} else {
			letters++
		}
	}
	if digits == 0 {
		return math.Exp2(-math.Min(2.3*letters, 8))
	}
	return math.Exp2(-math.Min(2.3*letters+math.Log2(10)*digits, 24))
}

// amountShare is the share of the population whose amount falls into a bin around
// an invoice's, among amounts of its currency and sign.
func (p *population) amountShare(lists [][]int64, units int64, bin int) float64 {
	counted, total := 0, 0
	for _, list := range lists {
		total += len(list)
		if bin == 0 {
			counted += countBetween(list, units, units)
			continue
		}
		inner := within(units, bin-1)
		if bin == len(amountBins)-1 {
			counted += len(list) - countBetween(list, units-inner, units+inner)
			continue
		}
		outer := within(units, bin)
		counted += countBetween(list, units-outer, units-inner-1) + countBetween(list, units+inner+1, units+outer)
	}
	own := math.Max(float64(counted)-1, 0)
	return (own + pseudo*amountChance(units, bin)) / (math.Max(float64(total)-1, 0) + pseudo)
}

func countBetween(sorted []int64, low, high int64) int {
	from, _ := slices.BinarySearch(sorted, low)
	to, _ := slices.BinarySearch(sorted, high+1)
	return to - from
}

// amountChance is the share of a population of amounts, spread evenly over the
// logarithm of five decades, that falls into a bin. Equality depends on how
// round an amount is: with one to seven significant digits and five decades
// alike, one of n digits meets another with 1/(7*5*9*10^(n-1)).
func amountChance(units int64, bin int) float64 {
	const decades = 5
	if bin == 0 {
		for units != 0 && units%10 == 0 {
			units /= 10
		}
		q := 1.0 / (7 * decades * 9)
		for ; units >= 10 && q > 1e-6; units /= 10 {
			q /= 10
		}
		return q
	}
	if bin == len(amountBins)-1 {
		return 1 - 2*nearest/(decades*math.Ln10)
	}
	return 2 * (amountBins[bin] - amountBins[bin-1]) / (decades * math.Ln10)
}

// dayShare is the share of the population whose day falls between two days,
// inclusive; unseen days are imagined spread evenly over two years.
func (p *population) dayShare(from, to int32) float64 {
	a, _ := slices.BinarySearch(p.days, from)
	b, _ := slices.BinarySearch(p.days, to+1)
	prior := math.Min(float64(to-from+1)/730, 1)
	return (math.Max(float64(b-a)-1, 0) + pseudo*prior) / (math.Max(float64(len(p.days))-1, 0) + pseudo)
}

// widths finds the lengths at which texts are cut: those that at least twenty
// texts and a twentieth of all have, and that are four times as frequent as the
// length before. Banks cut at 15, 18, 22, 27, 35 or 140 characters.
func widths(r *rows) [2]map[int]bool {
	var lengths [2]map[int]int
	for side := range lengths {
		lengths[side] = map[int]int{}
	}
	for i := range r.invoices {
		for _, n := range r.invoices[i].names {
			lengths[0][n.runes]++
		}
	}
	for k := range r.texts {
		for _, n := range r.texts[k].runes {
			if n > 0 {
				lengths[1][n] += r.texts[k].used
			}
		}
	}
	return [2]map[int]bool{spikes(lengths[0]), spikes(lengths[1])}
}

func spikes(lengths map[int]int) map[int]bool {
	total, found := 0, map[int]bool{}
	for _, n := range lengths {
		total += n
	}
	for length, n := range lengths {
		if length >= 10 && n >= 20 && n*20 >= total && n >= 4*lengths[length-1] {
			found[length] = true
		}
	}
	return found
}
