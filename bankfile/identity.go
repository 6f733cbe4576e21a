package bankfile

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// digest is what makes a line the same line, shortened.
type digest [16]byte

// tally remembers the equal lines of the last statement of an account.
type tally struct {
	id, number, page string
	closing          *Balance
	counts           map[digest]int
}

// identify gives an entry its identity:
//
// The digest takes account, currency, booking date, amount and status, and then
// the bank's own reference, if there is one, or else everything the line says:
// value date, references, counterparty and text, without regard to case and
// white space. Equal lines are numbered in the order of the statement, and the
// number is part of the identity. So
//
//   - the same file again gives the same identities, and so does a statement
//     that overlaps another, for the days they share: equal lines have the same
//     day, so a whole day numbers them alike;
//   - two equal coffees of one day are two identities;
//   - a statement that goes on where the last one of the file ended, by its
//     opening balance, goes on numbering; one that does not, begins anew;
//   - a pending entry and its booking have different identities.
//
// The bank's reference stands beside day and amount and not instead of them: banks
// use references again, and one reference with two amounts must not be merged.
//
// What it cannot do: where a bank gives no references, a line that was cut in
// another way or is in another format is another line; and where two files share
// a day, each with a part of it, two equal lines, one in each, are taken for one.
func (l *ledger) identify(e *Entry) {
	if l.counts == nil {
		l.counts = l.continued()
	}
	d := contentOf(l.cur.Account, e)
	l.counts[d]++
	e.Occurrence = l.counts[d]
	full := sha256.Sum256(append(d[:], strconv.Itoa(e.Occurrence)...))
	e.Identity = hex.EncodeToString(full[:16])
}

func contentOf(account string, e *Entry) digest {
	h := sha256.New()
	write := func(parts ...string) {
		for _, p := range parts {
			h.Write([]byte(strings.ToLower(strings.Join(strings.Fields(p), " "))))
			h.Write([]byte{0})
		}
	}
	write(account, e.Currency, e.BookingDate, plain(e.Amount), string(e.Status))
	if Stated(e.BankReference) {
		write("ref", e.BankReference)
	} else {
		write("line", e.ValueDate, e.Reference, e.Information)
		write(e.Payment.words()...)
		for _, d := range e.Details {
			write(d.BankReference)
			write(d.words()...)
		}
	}
	return digest(h.Sum(nil)[:16])
}

// words are what a payment says in the bank's file, for comparison.
func (p *Payment) words() []string {
	words := append([]string{
		p.EndToEndID, p.InstructionID, p.TransactionID, p.MandateID, p.CheckNumber,
		p.Counterparty.Name, p.Counterparty.IBAN,
	}, p.Remittance...)
	for _, r := range p.Structured {
		words = append(words, r.Value)
	}
	return words
}

// plain writes an amount without the zeros that do not count: 5.0 is 5.00.
func plain(d decimal.Decimal) string { return d.Trim(0).String() }

// continued gives the counts a statement goes on with: those of the last
// statement of the account if this one opens with the balance at which that one
// closed, and is not that one again.
func (l *ledger) continued() map[digest]int {
	s, last := l.cur, l.tallies[l.cur.Account]
	if last == nil || s.Opening == nil || last.closing == nil || s.Opening.Amount.Cmp(last.closing.Amount) != 0 {
		return map[digest]int{}
	}
	if s.ID == last.id && s.Number == last.number && s.Page == last.page {
		return map[digest]int{}
	}
	return last.counts
}

// remember keeps the counts of the statement that ends.
func (l *ledger) remember() {
	s := l.cur
	if l.counts == nil {
		l.counts = l.continued()
	}
	l.tallies[s.Account] = &tally{id: s.ID, number: s.Number, page: s.Page, closing: s.Closing, counts: l.counts}
}
