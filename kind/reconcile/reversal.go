package reconcile

import (
	"strings"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// reversalDays is how long after a payment it may come back.
const reversalDays = 60

// reversals finds payments that came back, and the entries that brought them: both
// pay nothing. An entry brings one back where the bank says so, or under the same
// end-to-end id, for the same amount with the other sign, on the same account and
// with the same party, within two months.
func reversals(list []record.OpenTransaction) map[string]enrich.Reason {
	out := map[string]enrich.Reason{}
	byAmount := map[string][]int{}
	for n, t := range list {
		if key := mirror(t, false); key != "" {
			byAmount[key] = append(byAmount[key], n)
		}
	}
	for _, back := range list {
		best := -1
		for _, n := range byAmount[mirror(back, true)] {
			if _, taken := out[list[n].ID]; !taken && returns(back, list[n]) && (best < 0 || list[n].BookingDate > list[best].BookingDate) {
				best = n
			}
		}
		switch _, taken := out[back.ID]; {
		case taken:
		case best >= 0:
			out[back.ID] = enrich.Reason{Code: "REVERSAL", Message: "It brings back the payment of " + or(list[best].BookingDate, "an unknown day") + " (" + list[best].ID + ")."}
			out[list[best].ID] = enrich.Reason{Code: "REVERSED", Message: "The payment came back on " + or(back.BookingDate, "an unknown day") + " (" + back.ID + ")."}
		case back.IsReversal:
			out[back.ID] = enrich.Reason{Code: "REVERSAL", Message: "The bank says that it brings a payment back; which one is not among the open entries."}
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

func returns(back, paid record.OpenTransaction) bool {
	if paid.IsReversal || back.ID == paid.ID || paid.BookingDate > back.BookingDate || day(back.BookingDate).Sub(day(paid.BookingDate)).Hours() > 24*reversalDays {
		return false
	}
	if back.EndToEndID != "" && back.EndToEndID == paid.EndToEndID && !strings.EqualFold(back.EndToEndID, "NOTPROVIDED") {
		return true
	}
	same := back.CounterpartyIBAN != "" && back.CounterpartyIBAN == paid.CounterpartyIBAN ||
		back.CounterpartyName != "" && strings.EqualFold(back.CounterpartyName, paid.CounterpartyName)
	return back.IsReversal && same
}
