package matching

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// splitLinks makes the links of the splits, which take the place of links that
// did not account for the amounts.
func (d *decision) splitLinks() []Link {
	var out []Link
	for _, sp := range d.splits() {
		for _, i := range sp.invoices {
			d.unlink(d.edgesOf(i))
			d.inSplit[0][i] = true
		}
		for _, j := range sp.transactions {
			d.unlink(d.into[j])
			d.inSplit[1][j] = true
		}
		for _, i := range sp.invoices {
			for _, j := range sp.transactions {
				if sp.given == nil || sp.given[[2]int32{i, j}] > 0 {
					out = append(out, d.splitLink(&sp, i, j))
				}
			}
		}
	}
	return out
}

func (d *decision) unlink(edges []int32) {
	for _, k := range edges {
		d.linked[k] = false
	}
}

func (d *decision) splitLink(sp *split, i, j int32) Link {
	in, tx := d.rows.invoices[i].source, d.rows.transactions[j].source
	e := edge{
		invoice: i, transaction: j, amountBin: uint8(len(amountBins) - 1), delayBin: int8(d.invoices[i].delayBin(d.rows.transactions[j].day)),
		p: 1 - 1/(1+math.Exp2(min(sp.bits, mostBits))),
	}
	d.compare(i, d.rows.transactions[j].text, math.Inf(-1), &d.c)
	l := Link{
		InvoiceID: in.ID, TransactionID: tx.ID, Currency: in.Currency, Amount: in.Amount,
		Confidence: e.p, Margin: e.p, Status: Proposed, Method: d.method(&e), Evidence: d.evidence(&e),
	}
	switch part := sp.given[[2]int32{i, j}]; {
	case sp.given != nil:
		l.Amount, l.IsPartial = decimalOf(part), part < d.rows.invoices[i].money[0].units
	case len(sp.transactions) > 1:
		l.Amount, l.IsPartial = tx.Amount.Abs(), true
	}
	if sp.fee > 0 && i == d.largest(sp.invoices) && d.rows.invoices[i].money[0].units > sp.fee {
		l.Amount, l.IsPartial = decimalOf(d.rows.invoices[i].money[0].units-sp.fee), true
	}
	d.explainSum(sp, &l)
	switch {
	case sp.tariff != "" && sp.alike >= fewestAlike: // the provider and its tariff say it, not the amount alone
	case sp.tariff != "":
		l.Reasons = append(l.Reasons, FeeVariance, AmountOnly)
	case sp.fee > 0:
		l.Reasons = append(l.Reasons, FeeVariance)
	case sp.incomplete:
		l.Reasons = append(l.Reasons, SplitIncomplete)
	case !sp.quoted:
		l.Reasons = append(l.Reasons, AmountOnly) // which rows it is made of, the amounts alone say
	}
	if l.Confidence < d.options.ConfirmAt {
		l.Reasons = append(l.Reasons, Ambiguous)
	}
	if len(l.Reasons) == 0 {
		l.Status = Confirmed
	}
	return l
}

// largest is the invoice that bears the fee of a payment of several.
func (d *decision) largest(invoices []int32) int32 {
	return slices.MaxFunc(invoices, func(a, b int32) int {
		return cmp.Or(cmp.Compare(d.rows.invoices[a].money[0].units, d.rows.invoices[b].money[0].units), cmp.Compare(b, a))
	})
}

// explainSum says in the amount's evidence what the parts come to.
func (d *decision) explainSum(sp *split, l *Link) {
	parts, sum, whole := len(sp.invoices), int64(0), d.rows.transactions[sp.transactions[0]].money[0].units
	kind := "invoices"
	for _, i := range sp.invoices {
		sum += d.rows.invoices[i].money[0].units
	}
	if len(sp.transactions) > 1 && len(sp.invoices) == 1 {
		parts, sum, whole, kind = len(sp.transactions), 0, d.rows.invoices[sp.invoices[0]].money[0].units, "transactions"
		for _, j := range sp.transactions {
			sum += d.rows.transactions[j].money[0].units
		}
	}
	bits := -math.Log2(amountChance(whole, 0))
	detail := fmt.Sprintf("%d %s come to %s", parts, kind, decimalOf(sum))
	switch {
	case sp.given != nil:
		bits, detail = -math.Log2(amountChance(sum, 0)), fmt.Sprintf("%d invoices and %d transactions both come to %s", parts, len(sp.transactions), decimalOf(sum))
		l.WouldChangeIf = append(l.WouldChangeIf, "one of their amounts changed")
	case sp.tariff != "":
		bits, detail = sp.bits, fmt.Sprintf("%s, less a fee of %s: %s", detail, decimalOf(sp.fee), sp.tariff)
		if sp.alike > 0 {
			detail += fmt.Sprintf(", which %d payouts here keep to the cent", sp.alike)
		}
		l.WouldChangeIf = append(l.WouldChangeIf, "the fee were by another tariff", "one of their amounts changed")
	case sp.incomplete:
		bits, detail = 0, fmt.Sprintf("%s of %s", detail, decimalOf(whole))
	default:
		l.WouldChangeIf = append(l.WouldChangeIf, "one of their amounts changed")
	}
	for k := range l.Evidence {
		if l.Evidence[k].Signal == SignalAmount {
			l.Evidence[k] = weigh(SignalAmount, bits, detail)
		}
	}
}
