package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// comeback is an entry that brings a payment back.
type comeback struct {
	back    record.OpenTransaction
	payment record.Transaction
	links   []record.ReturnedLink // of the payment, that hold; none where it is open
	signs   []sign
	rivals  []string // payments that it might bring back as well
}

// sign is what speaks for a comeback, or against it.
type sign struct {
	Signal  string `json:"signal"`
	Verdict string `json:"verdict"` // supports, against
	Detail  string `json:"detail"`
}

// comebacks finds payments that came back, and the entries that brought them. An
// entry brings one back where the bank says so, or under the same end-to-end id, on
// the same account and with the same party, within two months. Among several it is
// the one that shares most with the entry, and of these the latest. A payment comes
// back once.
func comebacks(books record.Books) []comeback {
	open := map[string][]record.Transaction{}
	for _, t := range books.Transactions {
		if key := mirror(t, false); key != "" {
			open[key] = append(open[key], t.Transaction)
		}
	}
	linked := map[string][]record.Returned{}
	for _, r := range books.Returned {
		linked[r.ReversalID] = append(linked[r.ReversalID], r)
	}
	list := slices.Clone(books.Transactions)
	slices.SortStableFunc(list, func(a, b record.OpenTransaction) int {
		return cmp.Or(cmp.Compare(a.BookingDate, b.BookingDate), cmp.Compare(a.ID, b.ID))
	})
	var out []comeback
	taken := map[string]bool{}
	for _, back := range list {
		if taken[back.ID] {
			continue
		}
		if c := newComeback(back, open[mirror(back, true)], linked[back.ID], taken); c != nil {
			taken[c.payment.ID], taken[back.ID] = true, true
			out = append(out, *c)
		}
	}
	return out
}

// newComeback finds the payment that an entry brings back, or nil.
func newComeback(back record.OpenTransaction, open []record.Transaction, linked []record.Returned, taken map[string]bool) *comeback {
	var found []comeback
	add := func(paid record.Transaction, links []record.ReturnedLink) {
		if signs := returns(back.Transaction, paid); !taken[paid.ID] && len(signs) > 0 {
			found = append(found, comeback{back: back, payment: paid, links: links, signs: signs})
		}
	}
	for _, t := range open {
		add(t, nil)
	}
	for _, r := range linked {
		if !slices.ContainsFunc(open, func(t record.Transaction) bool { return t.ID == r.Payment.ID }) { // used up in part: both
			add(r.Payment, r.Links)
		} else if k := slices.IndexFunc(found, func(c comeback) bool { return c.payment.ID == r.Payment.ID }); k >= 0 {
			found[k].links = r.Links
		}
	}
	if len(found) == 0 {
		return nil
	}
	slices.SortStableFunc(found, func(a, b comeback) int {
		return cmp.Or(cmp.Compare(against(a.signs), against(b.signs)), cmp.Compare(len(b.signs), len(a.signs)),
			cmp.Compare(b.payment.BookingDate, a.payment.BookingDate), cmp.Compare(a.payment.ID, b.payment.ID))
	})
	best := found[0]
	for _, c := range found[1:] {
		if len(c.signs) == len(best.signs) && against(c.signs) == against(best.signs) {
			best.rivals = append(best.rivals, c.payment.ID)
		}
	}
	return &best
}

func against(signs []sign) (n int) {
	for _, s := range signs {
		if s.Verdict == "against" {
			n++
		}
	}
	return n
}

// reversals says of entries that bring payments back, and of these payments, why
// they pay nothing.
func reversals(books record.Books) map[string]enrich.Reason {
	out := map[string]enrich.Reason{}
	for _, c := range comebacks(books) {
		paid, back := or(c.payment.BookingDate, "an unknown day"), or(c.back.BookingDate, "an unknown day")
		message := "It brings back the payment of " + paid + " (" + c.payment.ID + ")"
		if len(c.links) > 0 {
			message += ", which is linked with " + count(len(c.links), "invoice")
		}
		out[c.back.ID] = enrich.Reason{Code: "REVERSAL", Message: message + "."}
		out[c.payment.ID] = enrich.Reason{Code: "REVERSED", Message: "The payment came back on " + back + " (" + c.back.ID + ")."}
	}
	for _, t := range books.Transactions {
		if _, known := out[t.ID]; t.IsReversal && !known {
			out[t.ID] = enrich.Reason{Code: "REVERSAL", Message: "The bank says that it brings a payment back; which one is not among the entries of the last two months."}
		}
	}
	return out
}

// mirror is the key of an entry by account, currency and amount, or that of what
// it would bring back; "" without an amount.
func mirror(t record.OpenTransaction, back bool) string {
	amount, err := decimal.Parse(t.Amount)
	if err != nil || amount.IsZero() {
		return ""
	}
	if back {
		amount = amount.Neg()
	}
	return t.Account + " " + t.Currency + " " + amount.Trim(0).String()
}

// returns gives the signs that an entry brings a payment back; none: it does not.
func returns(back, paid record.Transaction) []sign {
	if paid.IsReversal || back.ID == paid.ID || paid.BookingDate > back.BookingDate || day(back.BookingDate).Sub(day(paid.BookingDate)).Hours() > 24*record.ReversalDays {
		return nil
	}
	var signs []sign
	if back.IsReversal {
		signs = append(signs, sign{"reversal", "supports", "the bank marks the entry as one that brings a payment back"})
	}
	ends := back.HasEndToEndID() && back.EndToEndID == paid.EndToEndID
	if ends {
		signs = append(signs, sign{"reference", "supports", "both have the end-to-end id " + back.EndToEndID})
	}
	account := back.CounterpartyIBAN != "" && back.CounterpartyIBAN == paid.CounterpartyIBAN
	if account {
		signs = append(signs, sign{"account", "supports", "both are with the account " + back.CounterpartyIBAN})
	}
	name := back.CounterpartyName != "" && strings.EqualFold(back.CounterpartyName, paid.CounterpartyName)
	if name {
		signs = append(signs, sign{"counterparty", "supports", "both are with " + back.CounterpartyName})
	}
	if !ends && !(back.IsReversal && (account || name)) {
		return nil
	}
	return append(signs, amountSign(back, paid))
}

func amountSign(back, paid record.Transaction) sign {
	a, errA := decimal.Parse(back.Amount)
	b, errB := decimal.Parse(paid.Amount)
	if errA == nil && errB == nil && a.Neg().Cmp(b) == 0 {
		return sign{"amount", "supports", "the same amount with the other sign"}
	}
	return sign{"amount", "against", fmt.Sprintf("%s came back of %s: a fee may be in it", back.Amount, paid.Amount)}
}
