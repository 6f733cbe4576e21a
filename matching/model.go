package matching

import (
	"math"
	"slices"
)

// Model is what the weights are made of: how the rows of a population look, and
// how an invoice and its payment agree. A pair's weight on a signal is
// log2(m/u): m, how often true pairs look like this; u, how often a
// transaction picked at random would, beside this very invoice. So a rare
// reference, an uncommon amount or a quiet day weigh more by themselves.
//
// u is counted in the population. m is estimated by expectation and maximisation
// over the population's own candidates, with the probabilities that marginal.go
// gives, starting from and shrunk towards the priors in this file, which stand
// for the worth of a few pairs. A Model is not changed after it was learnt.
type Model struct {
	population
	rates
}

// pseudo is the size of the imagined population that stands beside the counted
// one, so that what was never seen is unlikely and not impossible.
const pseudo = 50

// population counts what transactions look like.
type population struct {
	size    int                   // transactions
	amounts map[amountKey][]int64 // sorted
	days    []int32               // sorted
	words   map[string]int32      // transactions that hold the word
	pairs   map[[2]string]int32   // transactions that hold the words in a row
	sorted  []wordCount           // words in order, for prefixes
	widths  [2]map[int]bool       // lengths at which invoices' names, transactions' texts are cut
}

type amountKey struct {
	currency string
	sign     int8
}

type wordCount struct {
	word   string
	before int32 // sum of the counts of the words before it
}

// Bins of the relative difference of two amounts, by upper bound; the first is
// equality, the last what no block lets through without a reference.
var amountBins = [...]float64{0, .001, .0025, .005, .01, .015, .02, .03, .04, .05, .06, .08, .10, .125, .16, .20, .25, math.Inf(1)}

// nearest is the widest relative difference that is a candidate by amount.
const nearest = .25

// Bins of delays in days, by first day.
var delayBins = [...]int32{
	-365, -90, -60, -45, -30, -21, -14, -10, -7, -5, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 22, 25, 28, 32, 36, 41, 46, 61, 91, 366,
}

// Days around an invoice in which a transaction is a candidate by amount: from
// earliest before its issue to latest after the later of issue and due date. A
// quoted reference reaches as far as the bins do.
const (
	earliest = 30
	latest   = 45
)

// basis says what a delay is counted from.
type basis uint8

const (
	fromIssue basis = iota
	fromDue
	bases
)

// class parts words that differ in how they survive a payment.
type class uint8

const (
	nameWord  class = iota
	digitWord       // with a digit
	classes
)

// preceding is what became of the word before: words of a name stand or fall
// together.
type preceding uint8

const (
	first preceding = iota
	shared
	missing
	precedings
)

// rates say how true pairs look.
type rates struct {
	matched float64 // share of invoices that have a transaction
	kinds   [amountKinds]float64
	amount  [amountKinds][len(amountBins)]float64
	delay   [bases][len(delayBins)]float64
	kept    [classes][precedings]float64 // an invoice's word stands in the transaction
	extra   [classes][precedings]float64 // a transaction's word is not the invoice's
	quoted  float64                      // one of the invoice's references is quoted
	account float64                      // accounts agree where both are known
	drift   float64                      // share of links whose amounts differ
	learnt  float64                      // links that the rates were learnt from

	keptOf, extraOf map[string][precedings]tally
}

// tally counts yes out of all, in expected links.
type tally struct{ yes, all float64 }

// shrunk is the tally's share, drawn towards a prior that is worth weight cases.
func (t tally) shrunk(prior, weight float64) float64 {
	return (t.yes + prior*weight) / (t.all + weight)
}

// priors are the rates before any row was seen. Amounts: nine of ten payments
// are to the cent, fees and discounts take a few percent, rates of exchange a
// few more. Delays: a card pays on the day, a transfer within the term, late
// ones trail off.
func priors() rates {
	r := rates{
		matched: .5, quoted: .5, account: .9, drift: .1,
		kinds:  [amountKinds]float64{.94, .04, .02},
		kept:   [classes][precedings]float64{{.9, .9, .4}, {.5, .7, .2}},
		extra:  [classes][precedings]float64{{.5, .5, .8}, {.8, .8, .9}},
		keptOf: map[string][precedings]tally{}, extraOf: map[string][precedings]tally{},
	}
	spread(r.amount[direct][:], .9, .6)
	spread(r.amount[converted][:], .3, .3)
	r.delay[fromIssue] = delays([]step{{-365, .01}, {-30, .04}, {-7, .05}, {0, .1}, {1, .3}, {8, .2}, {22, .2}, {46, .07}, {91, .03}, {366, 1e-4}, {367, 0}})
	r.delay[fromDue] = delays([]step{{-365, .02}, {-90, .08}, {-45, .15}, {-14, .15}, {-3, .15}, {0, .25}, {4, .12}, {15, .06}, {46, .02}, {366, 1e-4}, {367, 0}})
	return r
}

// spread gives the share exact to equality and one percent to what no block
// lets through; the rest falls over the bins by their middle's distance, as
// an exponential with this rate per percent.
func spread(bins []float64, exact, rate float64) {
	rest, total := 1-exact-.01, 0.0
	last := len(bins) - 1
	for b := 1; b < last; b++ {
		bins[b] = math.Exp(-rate*100*amountBins[b-1]) - math.Exp(-rate*100*amountBins[b]) + 1e-3
		total += bins[b]
	}
	for b := 1; b < last; b++ {
		bins[b] *= rest / total
	}
	bins[0], bins[last] = exact, .01
}

// step is a share of delays that begins at a day and lasts to the next step.
type step struct {
	from  int32
	share float64
}

// delays spreads steps over the bins, evenly by day.
func delays(steps []step) (bins [len(delayBins)]float64) {
	for k := range len(steps) - 1 {
		perDay := steps[k].share / float64(steps[k+1].from-steps[k].from)
		for d := steps[k].from; d < steps[k+1].from; d++ {
			bins[delayBin(d)] += perDay
		}
	}
	return bins
}

// delayBin finds the bin of a delay; the last is beyond all.
func delayBin(days int32) int {
	at, found := slices.BinarySearch(delayBins[:], days)
	if found {
		return at
	}
	if at == 0 {
		return len(delayBins) - 1
	}
	return at - 1
}

// amountBin finds the bin of two amounts. Bounds are inclusive.
func amountBin(invoice, transaction int64) int {
	difference := transaction - invoice
	if difference < 0 {
		difference = -difference
	}
	for b := range len(amountBins) - 1 {
		if difference <= within(invoice, b) {
			return b
		}
	}
	return len(amountBins) - 1
}

// within is the widest difference to an invoice's amount in a bin, the last but
// one at most.
func within(units int64, bin int) int64 { return int64(amountBins[bin] * float64(units)) }
