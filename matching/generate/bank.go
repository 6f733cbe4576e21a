package generate

import (
	"fmt"
	"math"
	"strings"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/matching"
)

// Bank describes a back office: invoices received and sent, and the lines of its
// bank account. Its distributions:
//
//   - parties: one for twelve invoices, the n-th in proportion to 1/(n+5); half
//     of them show an account on the invoice. One in eight bills by subscription:
//     the same amount each month, paid by card, while the days last.
//   - numbers: six shapes, running within a party, so that neighbours differ in
//     a digit; one party in ten numbers 1, 2, 3.
//   - amounts: log-normal around 320, three in ten rounded to whole units.
//   - unpaid: 12 % of invoices. Paid: 88 %, of which one in 40 less a fee up to
//     1.5 % and one in 50 less a discount of two or three percent.
//   - delay: cards 0 to 4 days after issue; transfers around the due date (14 or
//     30 days after issue), normal with six days, one in twelve 10 to 40 days
//     late.
//   - text: a transfer quotes the number in 72 %, in one of five notations, half of
//     them with a word before; a card line shows name, town and digits. The name
//     is shown in capitals, cut at 22 or shortened to its first word in a third,
//     and missing in one of twelve.
//   - splits: one transfer in 25 pays two or three invoices of its party that are
//     open, all quoted in four of five; one in 40 is paid in two parts, each quoting.
//   - noise: one line in five belongs to no invoice: salaries, rent, taxes,
//     transfers of one's own, fees, and purchases of known parties at other
//     amounts.
type Bank struct {
	Invoices int
	Days     int // over which they spread evenly
	Seed     uint64
	// Foreign is the share of invoices paid one by one that are in dollars: paid in
	// euro at 0.92, give or take three percent; six of ten lines tell the dollars.
	Foreign float64
	// Together is the share of paid transfers that two payments settle with other
	// invoices of the party, see payTogether; Payouts adds a payment provider's.
	Together float64
	Payouts  bool
	Order    uint64 // another one gives the same rows in another order
}

type party struct {
	name, town   string
	iban         string
	shape        int
	next         int
	subscription int64 // cents a month, or 0
	billed       int   // day of the next bill of a subscription
	terms        int
	sales        bool // a customer
}

// Rows makes the world.
func (b Bank) Rows() Rows {
	s := newSource(b.Seed)
	parties := make([]party, max(b.Invoices/12, 4))
	weights := make([]float64, len(parties))
	for k := range parties {
		parties[k] = s.party()
		weights[k] = 1 / float64(k+5)
	}
	draw := newDrawer(weights)
	var out Rows
	for n := range b.Invoices {
		p := &parties[draw.from(s)]
		in := s.invoice(p, n, b.Days)
		out.Invoices = append(out.Invoices, in)
		if s.chance(.88) {
			invoices, transactions := len(out.Invoices), len(out.Transactions)
			if b.Together > 0 && !in.DueDate.IsZero() && s.chance(b.Together) {
				s.payTogether(p, in, &out)
				continue
			}
			s.pay(p, in, &out)
			if b.Foreign > 0 && len(out.Invoices) == invoices && len(out.Transactions) == transactions+1 && s.chance(b.Foreign) {
				s.exchange(&out.Invoices[invoices-1], &out.Transactions[transactions])
			}
		}
	}
	for range b.Invoices / 5 {
		out.Transactions = append(out.Transactions, s.noise(&parties[draw.from(s)], len(out.Transactions), b.Days))
	}
	if b.Payouts {
		s.payouts(b.Days, &out)
	}
	if b.Order > 0 {
		s = newSource(b.Order)
	}
	return s.shuffled(&out)
}

// pay adds what pays an invoice: a line of its own, or a split.
func (s source) pay(p *party, in matching.Invoice, out *Rows) {
	add := func(tx matching.Transaction, invoices ...matching.Invoice) {
		out.Transactions = append(out.Transactions, tx)
		for _, in := range invoices {
			out.Truth = append(out.Truth, matching.Pair{InvoiceID: in.ID, TransactionID: tx.ID})
		}
	}
	tx := s.paymentOf(p, &in, len(out.Transactions))
	switch transfer := !in.DueDate.IsZero(); {
	case transfer && s.chance(.025):
		whole := centsOf(in)
		part := whole * int64(20+s.IntN(60)) / 100
		second := s.paymentOf(p, &in, len(out.Transactions)+1)
		tx.Amount, second.Amount = signed(p, part), signed(p, whole-part)
		tx.Remittance, second.Remittance = []string{"part 1 " + in.Number}, []string{"rest " + in.Number}
		add(tx, in)
		add(second, in)
	case transfer && s.chance(.04):
		together := []matching.Invoice{in}
		for range 1 + s.IntN(2) {
			other := in
			p.next += 1 + s.IntN(3)
			other.ID, other.Number, other.Amount = fmt.Sprintf("i%06dx%d", len(out.Invoices), len(together)), number(p, 0), cents(s.lognormal(320, 1.1))
			together = append(together, other)
			out.Invoices = append(out.Invoices, other)
		}
		total, numbers := int64(0), []string{}
		for _, one := range together {
			total += centsOf(one)
			numbers = append(numbers, one.Number)
		}
		tx.Amount, tx.Remittance = signed(p, total), []string{"your invoices"}
		if s.chance(.8) {
			tx.Remittance = []string{strings.Join(numbers, ", ")}
		}
		add(tx, together...)
	default:
		add(tx, in)
	}
}

// exchange puts an invoice in dollars, and its payment in what these cost in euro.
func (s source) exchange(in *matching.Invoice, tx *matching.Transaction) {
	in.Currency = "USD"
	if s.chance(.6) {
		tx.InstructedAmount, tx.InstructedCurrency = tx.Amount.Abs(), "USD"
	}
	whole, frac, _ := tx.Amount.Int64(2)
	tx.Amount = cents(int64(float64(whole*100+frac) * (.92 + .01*s.NormFloat64())))
}

func centsOf(in matching.Invoice) int64 {
	whole, frac, _ := in.Amount.Int64(2)
	return whole*100 + frac
}

func signed(p *party, c int64) decimal.Decimal {
	if p.sales {
		return cents(c)
	}
	return cents(-c)
}

func (s source) party() party {
	p := party{
		name: s.name(2, 4) + " " + pick(s, []string{"Services", "Consulting", "Logistics", s.name(2, 3), s.name(2, 3), "Software"}) + pick(s, []string{" GmbH", " SAS", " Ltd", "", " AG"}),
		town: s.name(2, 3), shape: s.IntN(6), next: s.IntN(4000), terms: pick(s, []int{14, 30, 30}), sales: s.chance(.3),
	}
	if s.chance(.1) {
		p.next, p.shape = 0, 6
	}
	p.iban = fmt.Sprintf("DE%02d%018d", 2+s.IntN(97), s.Int64N(1e18))
	if s.chance(1.0 / 8) {
		p.subscription, p.sales, p.terms = s.lognormal(40, .8)/100*100+99, false, 0
		p.billed = s.IntN(30)
	}
	return p
}

func (s source) invoice(p *party, n, days int) matching.Invoice {
	day := s.IntN(days)
	c, terms := s.lognormal(320, 1.1), p.terms
	if s.chance(.3) {
		c = c / 100 * 100
	}
	if p.subscription > 0 {
		c, day = p.subscription, p.billed
		if p.billed += 30 + s.IntN(2); p.billed >= days {
			p.subscription, p.terms = 0, 14 // it ran out
		}
	}
	p.next += 1 + s.IntN(3)
	in := matching.Invoice{
		ID: fmt.Sprintf("i%06d", n), Number: number(p, day), Currency: "EUR", Amount: cents(c), IssueDate: onDay(day), Direction: matching.Payable,
		Counterparty: matching.Counterparty{Names: []string{p.name}},
	}
	if terms > 0 {
		in.DueDate = onDay(day + terms)
	}
	if p.sales {
		in.Direction = matching.Receivable
	}
	if s.chance(.5) {
		in.Counterparty.IBANs = []string{p.iban}
	}
	return in
}

func number(p *party, day int) string {
	year := onDay(day).Year()
	initials := strings.ToUpper(p.name[:2])
	switch p.shape {
	case 0:
		return fmt.Sprintf("%s-%d-%04d", initials, year, p.next)
	case 1:
		return fmt.Sprintf("%d/%05d", year, p.next)
	case 2:
		return fmt.Sprintf("RE%07d", 3000000+p.next)
	case 3:
		return fmt.Sprintf("INV-%05d", p.next)
	case 4:
		return fmt.Sprintf("%d%05d", year%100, p.next)
	case 5:
		return fmt.Sprintf("F%s%06d", initials, p.next)
	}
	return fmt.Sprint(p.next)
}

// paymentOf makes the bank line that pays an invoice.
func (s source) paymentOf(p *party, in *matching.Invoice, n int) matching.Transaction {
	c := centsOf(*in)
	switch s.weighted(.955, .025, .02) {
	case 1:
		c -= int64(math.Ceil(float64(c) * .015 * s.Float64()))
	case 2:
		c -= c * int64(2+s.IntN(2)) / 100
	}
	issued := int(in.IssueDate.Sub(start).Hours() / 24)
	t := matching.Transaction{ID: fmt.Sprintf("t%06d", n), Currency: "EUR", Amount: signed(p, c)}
	if in.DueDate.IsZero() {
		t.Date = onDay(issued + s.IntN(5))
		t.Name = strings.ToUpper(p.shownName(s))
		t.Remittance = []string{fmt.Sprintf("%s %s CARD %04d", strings.ToUpper(p.shownName(s)), strings.ToUpper(p.town), s.IntN(10000))}
		return t
	}
	late := int(math.Round(6 * s.NormFloat64()))
	if s.chance(1.0 / 12) {
		late = 10 + s.IntN(31)
	}
	t.Date = onDay(max(issued, issued+p.terms+late))
	if !s.chance(1.0 / 12) {
		t.Name = p.shownName(s)
	}
	if s.chance(.7) {
		t.IBAN = p.iban
	}
	t.Remittance = []string{s.remittance(in.Number)}
	t.EndToEndID = pick(s, []string{"NOTPROVIDED", "", s.hex() + s.hex()})
	return t
}

func (p *party) shownName(s source) string {
	name := p.name
	switch s.weighted(2, 1, 1) {
	case 1:
		name = name[:min(len(name), 22)]
	case 2:
		name, _, _ = strings.Cut(name, " ")
	}
	if s.chance(.5) {
		return strings.ToUpper(name)
	}
	return name
}

// remittance quotes a number as people do, or does not.
func (s source) remittance(number string) string {
	if !s.chance(.72) {
		return pick(s, []string{"", "Rechnung", "invoice", "thank you", "your invoice of last month", fmt.Sprintf("customer %05d", s.IntN(100000))})
	}
	shown := number
	switch s.IntN(5) {
	case 1:
		shown = strings.NewReplacer("-", " ", "/", " ").Replace(number)
	case 2:
		shown = strings.NewReplacer("-", "", "/", "").Replace(number)
	case 3:
		shown = strings.ToLower(number)
	case 4:
		shown = number[strings.LastIndexAny(number, "-/ ")+1:]
	}
	if s.chance(.5) {
		return pick(s, []string{"Rechnung ", "Invoice ", "Facture n° ", "RNR. ", "Inv."}) + shown
	}
	return shown
}

// noise makes a bank line that pays no invoice.
func (s source) noise(p *party, n, days int) matching.Transaction {
	t := matching.Transaction{ID: fmt.Sprintf("t%06d", n), Currency: "EUR", Date: onDay(s.IntN(days + 30)), Amount: cents(-s.lognormal(500, 1.2))}
	switch s.IntN(6) {
	case 0:
		t.Name, t.Remittance = s.name(2, 3)+" "+s.name(2, 3), []string{fmt.Sprintf("salary %02d/2025", 1+s.IntN(12))}
	case 1:
		t.Name, t.Remittance = "Tax office", []string{fmt.Sprintf("VAT %d/%05d/%05d", s.IntN(400), s.IntN(99999), s.IntN(99999))}
	case 2:
		t.Name, t.Remittance = "Immobilien Kontor", []string{"rent"}
	case 3:
		t.Remittance = []string{"own transfer to savings"}
		t.Amount = cents(-100000 * int64(1+s.IntN(9)))
	case 4:
		t.Remittance = []string{"account fees"}
		t.Amount = cents(-int64(500 + s.IntN(3000)))
	default:
		t.Name, t.Remittance = strings.ToUpper(p.shownName(s)), []string{fmt.Sprintf("%s CARD %04d", strings.ToUpper(p.town), s.IntN(10000))}
	}
	return t
}
