// Package closing says what a month's books lack before they can be closed.
//
// It is pure: the rows of a month come in as record.Month, in any order; they are
// parted into one Group for each counterparty and the groups that no supplier
// owes a document for, so that every row stands in exactly one of them. Eleven
// checks look at each group; what they find is waived by a person or stands in
// the way. The same rows give the same hash, whatever order they came in.
package closing

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/record"
)

// Keys of groups whose counterparty is no company of the workspace.
const (
	Unnamed   = "unnamed" // movements that name nobody, and documents of nobody
	nameStart = "name:"   // then the name, for a movement whose counterparty is no company yet
)

// Keys of the groups that no supplier owes a document for.
const (
	BankInternal = "bank_internal" // transfers between own accounts; fees and interest of the bank
	Unknown      = "unknown"       // amount, currency or day cannot be told
	Income       = "income"        // money that came in from somebody who is no counterparty of the month
	NotSettled   = "not_settled"   // the bank has not booked it
	Payroll      = "payroll"       // salaries, as the bank calls them
)

// Group is the rows of one counterparty in one month, each list in the order of
// its ids.
type Group struct {
	Key          string // company id, "name:" and a name, or Unnamed
	CompanyID    string // empty where the counterparty is no company
	Name         string
	Transactions []record.MonthTransaction // booked, both ways
	Invoices     []record.MonthInvoice     // of the month
	Linked       []record.MonthInvoice     // of other months, which the month's transactions are linked to
	Late         []record.MonthInvoice     // of months that were signed off before
	Links        []record.Link
	Earlier      []record.EarlierRow
	Accounts     []string // IBANs that it had before the month
}

// Books are the rows of a month, parted.
type Books struct {
	Month   string
	Groups  []Group                              // in the order of their keys
	Dropped map[string][]record.MonthTransaction // by the keys above
}

// Part puts every row of a month into exactly one group.
func Part(m record.Month) Books {
	p := newParting(m)
	for _, t := range sortedBy(m.Transactions, func(t record.MonthTransaction) string { return t.ID }) {
		p.transaction(t)
	}
	for _, i := range sortedBy(m.Invoices, invoiceID) {
		g := p.group(companyKey(i.CompanyID))
		g.Invoices = append(g.Invoices, i)
	}
	for _, i := range sortedBy(m.Late, invoiceID) {
		if firstOpenAfter(m, i) == m.Label {
			g := p.group(companyKey(i.CompanyID))
			g.Late = append(g.Late, i)
		}
	}
	for _, r := range sortedBy(m.Earlier, func(r record.EarlierRow) string { return r.ID }) {
		if r.Kind == record.EntityTransaction && r.CompanyID == "" && p.nobodyOwes(r.Type, r.Name, r.IBAN) != "" {
			continue
		}
		key := cmp.Or(r.CompanyID, p.who(r.Name, r.IBAN))
		p.earlier[key] = append(p.earlier[key], r)
	}
	p.expectUsual()
	p.dropIncome()
	return p.books()
}

// parting is the work of Part.
type parting struct {
	month    record.Month
	own      map[string]bool                // accounts and plain names of the workspace itself
	byIBAN   map[string]string              // IBAN → company; ambiguous ones are left out
	byName   map[string]string              // plain name → company; ambiguous ones are left out
	names    map[string]string              // company → name
	linkedTo map[string][]string            // transaction → companies of the invoices that it is linked to
	others   map[string]record.MonthInvoice // invoices of other months
	links    map[string][]record.Link       // by either end
	groups   map[string]*Group
	earlier  map[string][]record.EarlierRow
	dropped  map[string][]record.MonthTransaction
}

func newParting(m record.Month) *parting {
	p := &parting{
		month: m, own: map[string]bool{}, byIBAN: map[string]string{}, byName: map[string]string{}, names: map[string]string{},
		linkedTo: map[string][]string{}, others: map[string]record.MonthInvoice{}, groups: map[string]*Group{}, links: map[string][]record.Link{},
		earlier: map[string][]record.EarlierRow{}, dropped: map[string][]record.MonthTransaction{},
	}
	for _, a := range m.OwnAccounts {
		p.own[a] = true
	}
	for _, a := range m.Accounts {
		note(p.byIBAN, a.IBAN, a.CompanyID)
	}
	for _, c := range m.Companies {
		p.names[c.ID] = cmp.Or(c.Name, c.RegisteredName, c.TradeName)
		for _, name := range []string{c.Name, c.RegisteredName, c.TradeName} {
			if c.IsOwn {
				p.own[plainName(name)] = true
				continue
			}
			note(p.byName, plainName(name), c.ID)
		}
	}
	company := map[string]string{} // of an invoice
	for _, i := range slices.Concat(m.Invoices, m.Linked) {
		company[i.ID] = i.CompanyID
	}
	for _, i := range m.Linked {
		if !inMonth(i, m.Label) {
			p.others[i.ID] = i
		}
	}
	for _, l := range m.Links {
		p.links[l.TransactionID] = append(p.links[l.TransactionID], l)
		p.links[l.InvoiceID] = append(p.links[l.InvoiceID], l)
		if id := company[l.InvoiceID]; id != "" {
			p.linkedTo[l.TransactionID] = append(p.linkedTo[l.TransactionID], id)
		}
	}
	return p
}

// note keeps who a name or an account belongs to, and that it belongs to several.
func note(owners map[string]string, what, company string) {
	if what == "" {
		return
	}
	if owner, known := owners[what]; known && owner != company {
		company = ""
	}
	owners[what] = company
}

// who is the key of the counterparty that a bank entry names.
func (p *parting) who(name, iban string) string {
	plain := plainName(name)
	switch {
	case p.byIBAN[iban] != "":
		return p.byIBAN[iban]
	case p.byName[plain] != "":
		return p.byName[plain]
	case plain != "":
		return nameStart + plain
	}
	return Unnamed
}

func (p *parting) transaction(t record.MonthTransaction) {
	if why := p.dropFor(t); why != "" {
		p.dropped[why] = append(p.dropped[why], t)
		return
	}
	key := p.who(t.Name, t.IBAN)
	if linked := p.linkedTo[t.ID]; len(linked) > 0 {
		key = slices.Min(linked)
	}
	g := p.group(key)
	if g.Name == "" {
		g.Name = t.Name
	}
	g.Transactions = append(g.Transactions, t)
}

// dropFor says why no supplier owes a document for a bank entry; empty where one
// may.
func (p *parting) dropFor(t record.MonthTransaction) string {
	amount, err := decimal.Parse(t.Amount)
	switch {
	case t.Status != "booked":
		return NotSettled
	case err != nil || amount.IsZero() || t.Currency == "" || t.Day == "":
		return Unknown
	case len(p.linkedTo[t.ID]) > 0:
		return ""
	}
	return p.nobodyOwes(t.Type, t.Name, t.IBAN)
}

// nobodyOwes says why no supplier owes a document for a movement with such a
// counterparty; empty where one may.
func (p *parting) nobodyOwes(kind, name, iban string) string {
	switch {
	case iban != "" && p.own[iban], name != "" && p.own[plainName(name)]:
		return BankInternal
	case hasCode(kind, salaryCodes):
		return Payroll
	case name == "" && iban == "" && hasCode(kind, bankCodes):
		return BankInternal
	}
	return ""
}

// Codes by which banks name their own fees and interest, and salaries: ISO 20022
// sub-families, SWIFT transaction types, OFX TRNTYPEs.
var (
	bankCodes   = []string{"CHRG", "FEES", "COMM", "INTR", "NCHG", "FCHG", "NINT", "FINT", "FEE", "SRVCHG", "INT"}
	salaryCodes = []string{"SALA", "NSAL", "FSAL"}
)

func hasCode(text string, codes []string) bool {
	parts := strings.FieldsFunc(strings.ToUpper(text), func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
	return slices.ContainsFunc(parts, func(part string) bool { return slices.Contains(codes, part) })
}

// group finds a group, made if need be.
func (p *parting) group(key string) *Group {
	g := p.groups[key]
	if g == nil {
		g = &Group{Key: key}
		if key != Unnamed && !strings.HasPrefix(key, nameStart) {
			g.CompanyID, g.Name = key, p.names[key]
		}
		p.groups[key] = g
	}
	return g
}

// expectUsual makes groups for counterparties that are usually seen and are not.
func (p *parting) expectUsual() {
	for key, rows := range p.earlier {
		if key == Unnamed || p.groups[key] != nil || len(monthsOf(rows)) < usualMonths {
			continue
		}
		g := p.group(key)
		for _, r := range rows {
			g.Name = cmp.Or(g.Name, r.Name)
		}
	}
}

// dropIncome takes out the groups that hold nothing but money that came in.
func (p *parting) dropIncome() {
	for key, g := range p.groups {
		if len(g.Invoices)+len(g.Late) > 0 || len(g.Transactions) == 0 {
			continue
		}
		if slices.ContainsFunc(g.Transactions, isExpense) || len(monthsOf(p.earlier[key])) >= usualMonths {
			continue
		}
		if slices.ContainsFunc(g.Transactions, func(t record.MonthTransaction) bool { return len(p.linkedTo[t.ID]) > 0 }) {
			continue // it pays a document: the document's checks look at it
		}
		p.dropped[Income] = append(p.dropped[Income], g.Transactions...)
		delete(p.groups, key)
	}
	slices.SortFunc(p.dropped[Income], func(a, b record.MonthTransaction) int { return cmp.Compare(a.ID, b.ID) })
	if len(p.dropped[Income]) == 0 {
		delete(p.dropped, Income)
	}
}

func (p *parting) books() Books {
	b := Books{Month: p.month.Label, Dropped: p.dropped}
	for _, g := range p.groups {
		p.complete(g)
		b.Groups = append(b.Groups, *g)
	}
	slices.SortFunc(b.Groups, func(x, y Group) int { return cmp.Compare(x.Key, y.Key) })
	return b
}

// Whole makes one group of all the rows of a part of a month, whose counterparty
// is known. It is the group that Part makes of them among all the others.
func Whole(m record.Month, g Group) Group {
	p := newParting(m)
	g.Transactions = sortedBy(m.Transactions, func(t record.MonthTransaction) string { return t.ID })
	g.Invoices, g.Late = sortedBy(m.Invoices, invoiceID), sortedBy(m.Late, invoiceID)
	p.earlier[g.Key] = sortedBy(m.Earlier, func(r record.EarlierRow) string { return r.ID })
	p.complete(&g)
	return g
}

// complete gives a group what belongs to its rows.
func (p *parting) complete(g *Group) {
	g.Earlier = p.earlier[g.Key]
	for _, a := range p.month.Accounts {
		if g.CompanyID != "" && a.CompanyID == g.CompanyID && a.Since != "" && a.Since < p.month.Label+"-01" {
			g.Accounts = append(g.Accounts, a.IBAN)
		}
	}
	slices.Sort(g.Accounts)
	p.bringLinks(g)
}

// bringLinks gives a group the links of its rows, and the invoices of other
// months that its transactions are linked to. A proposed link stands with its
// transaction alone, so that nobody is asked about it twice.
func (p *parting) bringLinks(g *Group) {
	links, linked := map[string]record.Link{}, map[string]bool{}
	for _, t := range g.Transactions {
		for _, l := range p.links[t.ID] {
			links[l.ID] = l
			if i, ok := p.others[l.InvoiceID]; ok && !linked[i.ID] {
				g.Linked, linked[i.ID] = append(g.Linked, i), true
			}
		}
	}
	for _, i := range slices.Concat(g.Invoices, g.Linked) {
		for _, l := range p.links[i.ID] {
			if l.Status == record.LinkConfirmed {
				links[l.ID] = l
			}
		}
	}
	g.Links = slices.SortedFunc(maps.Values(links), func(a, b record.Link) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(g.Linked, func(a, b record.MonthInvoice) int { return cmp.Compare(a.ID, b.ID) })
}

// inMonth reports whether an invoice is one of a month: issued in it, or made in
// it without a date.
func inMonth(i record.MonthInvoice, month string) bool {
	return monthOf(cmp.Or(i.Day, i.CreatedAt.UTC().Format(time.DateOnly))) == month
}

// firstOpenAfter is the month whose close has to tell of a late document: the
// first one after its own that was not signed off when the document came.
func firstOpenAfter(m record.Month, i record.MonthInvoice) string {
	month := monthOf(i.Day)
	for n := 0; n < 120 && month != ""; n++ {
		if month = addMonths(month, 1); month >= m.Label {
			return month
		}
		if at, signed := m.Signed[month]; !signed || at.After(i.CreatedAt) {
			return month
		}
	}
	return ""
}

func companyKey(id string) string { return cmp.Or(id, Unnamed) }

func invoiceID(i record.MonthInvoice) string { return i.ID }

// sortedBy is a copy of rows in the order of their ids, nil where there are none:
// no row and no list are the same fact.
func sortedBy[T any](rows []T, id func(T) string) []T {
	out := append([]T(nil), rows...)
	slices.SortFunc(out, func(a, b T) int { return cmp.Compare(id(a), id(b)) })
	return out
}

func isExpense(t record.MonthTransaction) bool { return strings.HasPrefix(t.Amount, "-") }
