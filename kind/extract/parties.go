package extract

import (
	"context"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/enrichd/enrichd/record"
)

// party is one side of an invoice and the company it was found to be.
type party struct {
	side    side
	taxID   record.TaxID
	company record.Company // as it stands; zero when it is new
	id      string         // id of the company, derived for a new one
	match   string         // tax_id, name, or new
	own     bool           // it is the workspace's own company
}

// identify finds the companies behind both parties, and what the workspace
// already knows of this invoice.
func (r *reading) identify(ctx context.Context, records Records) error {
	own, err := records.OwnCompanies(ctx, r.task.WorkspaceID)
	if err != nil {
		return err
	}
	r.ownKnown = len(own) > 0
	if r.issuer, err = r.party(ctx, records, r.seller, own); err != nil {
		return err
	}
	if r.receiver, err = r.party(ctx, records, r.buyer, own); err != nil {
		return err
	}
	if number := r.get("invoice_number").value; number != "" {
		same, err := records.InvoicesByNumber(ctx, r.task.WorkspaceID, number)
		if err != nil {
			return err
		}
		for _, other := range same {
			if other.DocumentID != r.doc.ID && other.IssuerID == r.issuer.id {
				r.duplicates = append(r.duplicates, other)
			}
		}
	}
	if r.issuer.id != "" {
		r.knownAccounts, err = records.AccountsOf(ctx, r.task.WorkspaceID, r.issuer.id, r.doc.ID)
	}
	return err
}

// party matches a party by tax id first, by name where one side lacks the id.
// The workspace's own company is looked for before any other, so that it can
// never be taken for its own supplier.
func (r *reading) party(ctx context.Context, records Records, stated side, own []record.Company) (party, error) {
	p := party{side: stated}
	if stated.vatID.value != "" {
		p.taxID = record.ParseVATID(stated.vatID.value)
	}
	if stated.name.absent() && p.taxID.Value == "" {
		return p, nil
	}
	for _, c := range own {
		if p.is(c) != "" {
			p.company, p.id, p.match, p.own = c, c.ID, p.is(c), true
			return p, nil
		}
	}
	known, err := records.CompaniesLike(ctx, r.task.WorkspaceID, p.taxID.Value, stated.name.value)
	if err != nil {
		return p, err
	}
	for _, c := range known {
		if how := p.is(c); how != "" && !c.IsOwn {
			p.company, p.id, p.match = c, c.ID, how
			return p, nil
		}
	}
	p.match = "new"
	if p.taxID.Value != "" {
		p.id = record.DerivedID(r.task.WorkspaceID, record.EntityCompany, "tax_id", p.taxID.Value)
	} else {
		p.id = record.DerivedID(r.task.WorkspaceID, record.EntityCompany, "name", foldName(stated.name.value))
	}
	return p, nil
}

// is says how a company matches the party: by tax_id, by name, or not at all
// (""). Two different tax ids are two companies, whatever their names.
func (p party) is(c record.Company) string {
	if p.taxID.Value != "" && c.TaxIDValue != "" {
		if record.SameTaxID(p.taxID.Value, c.TaxIDValue) {
			return "tax_id"
		}
		return ""
	}
	for _, name := range []string{c.Name, c.RegisteredName, c.TradeName} {
		if name != "" && foldName(name) == foldName(p.side.name.value) {
			return "name"
		}
	}
	return ""
}

// foldName makes names comparable: case, white space, dots, commas and
// compatibility forms do not tell companies apart.
func foldName(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	s = strings.NewReplacer(".", "", ",", "").Replace(s)
	return strings.Join(strings.Fields(s), " ")
}
