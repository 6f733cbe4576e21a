package matching

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// evidence explains the edge last compared, signal by signal. The weights add up
// to what the pair was weighed with, but for the prior.
func (d *decision) evidence(e *edge) []Evidence {
	out := []Evidence{d.referenceEvidence(e)}
	out = append(out, d.amountEvidence(e)...)
	out = append(out, d.dateEvidence(e), d.nameEvidence(e), d.accountEvidence(e))
	if d.c.extraBits != 0 {
		out = append(out, weigh(SignalText, d.c.extraBits, "beyond the invoice: "+d.wordsOf(e, absent)))
	}
	return out
}

// weigh makes evidence of bits. Less than half a bit says nothing.
func weigh(s Signal, bits float64, detail string) Evidence {
	v := Neutral
	if bits >= .5 {
		v = Supports
	} else if bits <= -.5 {
		v = Against
	}
	return Evidence{Signal: s, Verdict: v, Weight: math.Round(bits*10) / 10, Detail: detail}
}

func (d *decision) referenceEvidence(e *edge) Evidence {
	switch {
	case d.c.quoted >= 0:
		return weigh(SignalReference, d.c.referenceBits, d.quoteDetail(e))
	case len(d.rows.invoices[e.invoice].references) == 0:
		return weigh(SignalReference, 0, "the invoice has no reference")
	case len(d.rows.textOfEdge(e).words) == 0:
		return weigh(SignalReference, 0, "the transaction has no text")
	}
	return weigh(SignalReference, d.c.referenceBits, "no reference of the invoice is quoted")
}

func (d *decision) quoteDetail(e *edge) string {
	text := d.rows.vocabulary.words[d.c.quoted]
	n := len(d.quoting[d.c.quoted])
	if n > 1 {
		return fmt.Sprintf("%s is quoted, as in %d transactions", text, n)
	}
	return text + " is quoted, in no other transaction"
}

// terms finds the invoice's amount under which an edge was met.
func (d *decision) terms(e *edge) (*moneyTerms, money) {
	t, tx := &d.invoices[e.invoice], &d.rows.transactions[e.transaction]
	for n := range t.money {
		for _, m := range tx.money {
			same := m.currency == t.money[n].currency || e.unknownCurrency && (m.currency == "" || t.money[n].currency == "")
			if same && max(m.kind, t.money[n].kind) == e.kind && amountBin(t.money[n].units, m.units) == int(e.amountBin) {
				return &t.money[n], m
			}
		}
	}
	return nil, money{}
}

func (d *decision) amountEvidence(e *edge) []Evidence {
	m, tx := d.terms(e)
	if m == nil {
		return []Evidence{
			weigh(SignalAmount, 0, "not comparable"),
			weigh(SignalCurrency, 0, "no currency in common and no rate"),
		}
	}
	detail := "equal"
	if m.units != tx.units {
		detail = fmt.Sprintf("%s for %s, %+.1f %%", decimalOf(tx.units), decimalOf(m.units), 100*(float64(tx.units)/float64(m.units)-1))
	}
	currency := weigh(SignalCurrency, m.currencyBits, m.currency)
	switch {
	case e.unknownCurrency:
		currency = weigh(SignalCurrency, 0, "unknown on one side")
	case e.kind == converted:
		currency.Detail = m.currency + ", at a known rate"
	}
	return []Evidence{weigh(SignalAmount, m.bits[e.kind][e.amountBin], detail), currency}
}

func (d *decision) dateEvidence(e *edge) Evidence {
	t, tx := &d.invoices[e.invoice], &d.rows.transactions[e.transaction]
	if e.delayBin < 0 {
		return weigh(SignalDate, 0, "a date is missing")
	}
	since := "issue"
	if t.basis == fromDue {
		since = "due"
	}
	return weigh(SignalDate, t.delay[e.delayBin], days(tx.day-t.from)+" the "+since+" date")
}

func days(n int32) string {
	switch {
	case n == 0:
		return "on"
	case n == 1:
		return "1 day after"
	case n == -1:
		return "1 day before"
	case n < 0:
		return fmt.Sprintf("%d days before", -n)
	}
	return fmt.Sprintf("%d days after", n)
}

func (d *decision) nameEvidence(e *edge) Evidence {
	if d.c.name < 0 {
		return weigh(SignalCounterparty, 0, "name missing")
	}
	detail := "nothing of the name stands in the transaction"
	if hits := d.wordsOf(e, found); hits != "" {
		detail = "shared: " + hits
	}
	if lost := d.lostWords(e); lost != "" {
		detail += "; missing: " + lost
	}
	return weigh(SignalCounterparty, d.c.nameBits, detail)
}

func (d *decision) accountEvidence(e *edge) Evidence {
	switch d.c.account {
	case 1:
		return weigh(SignalAccount, d.c.accountBits, "the account is the counterparty's")
	case -1:
		return weigh(SignalAccount, d.c.accountBits, "the account is not one of the counterparty's")
	}
	return weigh(SignalAccount, 0, "account missing")
}

// wordsOf lists the transaction's words in a state.
func (d *decision) wordsOf(e *edge, want state) string {
	return d.list(d.rows.textOfEdge(e).words, d.c.words[:], want)
}

// lostWords lists words of the invoice's name that the transaction lacks.
func (d *decision) lostWords(e *edge) string {
	return d.list(d.rows.invoices[e.invoice].names[d.c.name].words, d.c.nameWords[:], absent)
}

func (d *decision) list(words []word, states []state, want state) string {
	var out []string
	for k, w := range words {
		if text := d.rows.vocabulary.words[w.id]; states[k] == want && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, " ")
}

// wouldChangeIf says what would take a link's status away: which signals it
// cannot spare, and how far amount and date may move. Each is tried alone, with
// the rivals as they are.
func (d *decision) wouldChangeIf(e *edge, l *Link) []string {
	gate := d.options.ProposeAt
	if l.Status == Confirmed {
		gate = d.options.ConfirmAt
	}
	spare := logOdds(e.p) - logOdds(gate)
	lost := map[Signal]string{
		SignalReference: "the reference were not quoted", SignalAccount: "the account were unknown", SignalCounterparty: "the name were missing",
	}
	var out []string
	for _, ev := range l.Evidence {
		if words := lost[ev.Signal]; words != "" && ev.Weight > spare {
			out = append(out, words)
		}
	}
	return append(append(out, d.otherAmount(e, l, spare)...), d.laterDay(e, spare)...)
}

// otherAmount finds the least difference of amounts that costs more than can be
// spared.
func (d *decision) otherAmount(e *edge, l *Link, spare float64) []string {
	m, _ := d.terms(e)
	if m == nil {
		return nil
	}
	for b := int(e.amountBin) + 1; b < len(amountBins); b++ {
		if m.bits[e.kind][e.amountBin]-m.bits[e.kind][b] > spare || l.Status == Confirmed && !d.driftIsUsual() {
			if amountBins[b-1] == 0 {
				return []string{"the amount differed"}
			}
			return []string{fmt.Sprintf("the amount differed by more than %g %%", amountBins[b-1]*100)}
		}
	}
	return nil
}

// laterDay finds the first later day that costs more than can be spared.
func (d *decision) laterDay(e *edge, spare float64) []string {
	at, t := int(e.delayBin), &d.invoices[e.invoice]
	if at < 0 {
		return nil
	}
	for b := at + 1; b < len(delayBins); b++ {
		if t.delay[at]-t.delay[b] > spare {
			return []string{"the payment came on " + date(t.from+delayBins[b]).Format(time.DateOnly) + " or later"}
		}
	}
	return nil
}
