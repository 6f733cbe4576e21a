package company

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/einvoice"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sitefacts"
	"github.com/enrichd/enrichd/webpage"
)

// study is one look at a company.
type study struct {
	kind  *Kind
	task  enrich.Task
	known record.Company
	at    time.Time

	fields   map[string]*finding // by name
	identity identity
	egress   []string
	pages    []*webpage.Page // of its site, if they are known to be
	doubted  []string        // why a source was not believed
	same     []record.Company
	cost     int64
}

// stated is a value as one source gives it.
type stated struct {
	value, quote string
	source       string // document, pages, mail, vies, gleif, website, model
	origin       enrich.Origin
	ref          enrich.EvidenceRef
	confidence   float64
	verified     bool
}

// finding is a field with all that sources say of it, the best first.
type finding struct{ list []stated }

// names are the fields that the kind fills, in the order of the output.
var names = []string{
	"name", "registered_name", "trade_name", "tax_id_value", "tax_id_type", "domain", "website", "description", "email", "phone", "street", "postal_code", "city",
	"country", "registration_number", "registration_court", "lei", "employee_count", "founded_year",
}

// wanted reports whether the task asked for a field; with no target_fields it
// asked for all.
func (s *study) wanted(name string) bool {
	return len(s.task.TargetFields) == 0 || slices.Contains(s.task.TargetFields, name) ||
		name == "tax_id_type" && slices.Contains(s.task.TargetFields, "tax_id_value")
}

func (s *study) add(name string, v stated) {
	v.value = strings.TrimSpace(v.value)
	if v.value == "" || !s.wanted(name) {
		return
	}
	if s.fields[name] == nil {
		s.fields[name] = &finding{}
	}
	s.fields[name].list = append(s.fields[name].list, v)
}

// found is the best value of a field: what a source says, else what stands.
func (s *study) found(name string) string {
	if f := s.fields[name]; f != nil {
		return f.list[0].value
	}
	return ""
}

// documents reads the parties of the structured invoices that the company sent or
// got, and then the pages of the others.
func (s *study) documents(ctx context.Context) error {
	if s.kind.Reader == nil {
		return nil
	}
	docs, err := s.kind.Records.DocumentsOf(ctx, s.task.WorkspaceID, s.known.ID)
	if err != nil {
		return err
	}
	var papers []func() error
	for _, doc := range docs {
		parsed, _, err := s.kind.Reader.Read(ctx, doc.Checksum)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			continue // a file that cannot be read says nothing
		}
		if parsed.Invoice == nil {
			papers = append(papers, func() error { return s.paper(ctx, doc, parsed) })
			continue
		}
		for _, p := range []einvoice.Party{parsed.Invoice.Seller, parsed.Invoice.Buyer} {
			s.party(doc, p)
		}
	}
	for _, read := range papers[:min(len(papers), mostPaper)] {
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

// party takes what an invoice says of one party, if that is the company.
func (s *study) party(doc record.Document, p einvoice.Party) {
	vat := record.ParseVATID(p.VATID.Value)
	if vat.Check == record.CheckInvalid {
		vat = record.TaxID{}
	}
	if s.judge(claim{taxID: vat.Value, names: []string{p.Name.Value, p.TradingName.Value}}) != same {
		return
	}
	for name, t := range map[string]einvoice.Text{
		"registered_name": p.Name, "trade_name": p.TradingName, "street": p.Street, "postal_code": p.PostalCode, "city": p.City, "country": p.Country,
		"email": p.Email, "registration_number": p.LegalID, "tax_id_value": p.VATID,
	} {
		v := stated{
			value: t.Value, quote: t.Value, source: "document", origin: enrich.ByDocument, confidence: 1, verified: true,
			ref: enrich.EvidenceRef{EntityType: record.EntityDocument, EntityID: doc.ID, Path: t.Path},
		}
		if name == "tax_id_value" {
			v.value = vat.Value
			s.addType(vat, v)
		}
		s.add(name, v)
	}
}

func (s *study) addType(id record.TaxID, v stated) {
	if id.Value != "" {
		v.value = id.Type
		s.add("tax_id_type", v)
	}
}

// mail takes the domain of the company's own address, known or just found.
func (s *study) mail() {
	if record.Domain(s.known.Domain) != "" {
		return
	}
	v := stated{value: record.MailDomain(s.known.Email), quote: s.known.Email, source: "mail", origin: enrich.ByRule, confidence: .85, ref: enrich.EvidenceRef{EntityType: record.EntityCompany, EntityID: s.known.ID}}
	if v.value == "" {
		f := s.fields["email"]
		if f == nil {
			return
		}
		v.value, v.quote, v.ref = record.MailDomain(f.list[0].value), f.list[0].quote, f.list[0].ref
	}
	s.add("domain", v)
}

// registries asks each register that takes what is known. The first error is
// returned; the others are asked all the same.
func (s *study) registries(ctx context.Context) (err error) {
	known := s.known
	for name, at := range map[string]*string{"tax_id_value": &known.TaxIDValue, "country": &known.Country, "registration_number": &known.RegistrationNumber, "lei": &known.LEI} {
		if *at == "" {
			*at = s.found(name)
		}
	}
	for _, r := range s.kind.Registries {
		if !r.Takes(known) {
			continue
		}
		entry, lookErr := r.Look(ctx, known)
		if lookErr != nil {
			err = first(err, lookErr)
			continue
		}
		if entry == nil {
			s.doubted = append(s.doubted, r.Name()+" has no such number")
			continue
		}
		if s.judge(claim{taxID: entry.TaxID, names: []string{entry.Name}}) == different {
			s.doubted = append(s.doubted, r.Name()+" has another company under this number")
			continue
		}
		for name, value := range map[string]string{
			"registered_name": entry.Name, "street": entry.Street, "postal_code": entry.PostalCode, "city": entry.City, "country": entry.Country,
			"tax_id_value": entry.TaxID, "lei": entry.LEI, "registration_number": entry.RegistrationNumber,
		} {
			s.add(name, stated{value: value, quote: value, source: r.Name(), origin: enrich.ByRegistry, confidence: .99, verified: true, ref: enrich.EvidenceRef{URL: entry.URL}})
		}
		if entry.TaxID != "" {
			s.identity.registered = r.Name()
		}
	}
	return err
}

// site reads the company's own pages.
func (s *study) site(ctx context.Context) error {
	known := s.known
	if known.Domain == "" {
		known.Domain = s.found("domain")
	}
	domain := known.Site()
	if domain == "" || s.kind.Fetcher == nil {
		return nil
	}
	pages, egress, err := sitefacts.Visit(ctx, s.kind.Fetcher, domain, sitefacts.ForCompany)
	s.egress = append(s.egress, egress...)
	if err != nil || len(pages) == 0 {
		return err
	}
	facts := sitefacts.Read(pages...)
	sure := s.judge(claim{taxID: facts.VATID.Value, names: siteNames(facts, pages), domain: record.Domain(pages[0].URL.Hostname())})
	if sure != same {
		s.doubted = append(s.doubted, map[verdict]string{different: "the site " + domain + " is another company's", unsure: "the site " + domain + " does not say whose it is"}[sure])
		delete(s.fields, "domain")
		return nil
	}
	s.pages = pages
	s.siteFacts(facts, pages, domain)
	return nil
}

func siteNames(f sitefacts.Facts, pages []*webpage.Page) []string {
	list := []string{f.Name.Value}
	for _, p := range pages {
		list = append(list, p.SiteName)
		for _, o := range p.Organizations {
			list = append(list, o.Name, o.LegalName)
		}
	}
	return list
}

// siteFacts takes what the pages say.
func (s *study) siteFacts(f sitefacts.Facts, pages []*webpage.Page, domain string) {
	from := func(fact sitefacts.Fact) stated {
		return stated{value: fact.Value, quote: fact.Quote, source: "website", origin: enrich.ByRule, confidence: fact.Confidence, verified: fact.Verified, ref: enrich.EvidenceRef{URL: fact.URL, Path: fact.Path}}
	}
	for name, fact := range map[string]sitefacts.Fact{
		"registered_name": f.Name, "tax_id_value": f.VATID, "street": f.Street, "postal_code": f.PostalCode, "city": f.City, "country": f.Country,
		"email": f.Email, "phone": f.Phone, "registration_number": f.Registration, "registration_court": f.Court,
	} {
		s.add(name, from(fact))
	}
	s.leftOpen(f.Doubts)
	if !f.VATID.Absent() {
		s.addType(record.ParseVATID(f.VATID.Value), from(f.VATID))
	}
	home := pages[len(pages)-1]
	at := stated{source: "website", origin: enrich.ByRule, confidence: .9, ref: enrich.EvidenceRef{URL: home.URL.String()}}
	with := func(value, quote string) stated { v := at; v.value, v.quote = value, quote; return v }
	s.add("domain", with(domain, home.URL.Hostname()))
	s.add("website", with((&url.URL{Scheme: home.URL.Scheme, Host: home.URL.Host, Path: "/"}).String(), home.URL.String()))
	s.add("description", with(short(home.Description), home.Description))
	for _, o := range home.Organizations {
		v := with("", "")
		v.ref.Path = o.Path
		v.value, v.quote = number(o.Employees, 1, 5_000_000), o.Employees
		s.add("employee_count", v)
		v.value, v.quote = number(o.Founded[:min(4, len(o.Founded))], 1000, s.at.Year()), o.Founded
		s.add("founded_year", v)
	}
}

// leftOpen tells which values the pages state that are not taken, and why.
func (s *study) leftOpen(doubts []sitefacts.Doubt) {
	fields := map[string]string{"name": "registered_name", "vat_id": "tax_id_value"}
	told := map[string]bool{}
	for _, d := range doubts {
		field := d.Field
		if fields[field] != "" {
			field = fields[field]
		}
		if s.wanted(field) && s.fields[field] == nil && !told[field] && len(told) < 5 {
			s.doubted = append(s.doubted, fmt.Sprintf("on the site, %s for %s: %s", d.Fact.Value, field, d.Reason))
			told[field] = true
		}
	}
}

// model asks for what is still empty and a text can tell.
func (s *study) model(ctx context.Context) error {
	if s.kind.Model == nil || len(s.pages) == 0 {
		return nil
	}
	var empty []string
	for _, name := range []string{"registered_name", "trade_name", "description", "email", "phone", "street", "postal_code", "city", "country", "employee_count", "founded_year"} {
		if s.wanted(name) && s.fields[name] == nil {
			empty = append(empty, name)
		}
	}
	if len(empty) == 0 {
		return nil
	}
	for _, p := range s.pages {
		text := pageText(p)
		proposals, cost, err := s.kind.Model.Company(ctx, s.task.WorkspaceID, s.task.ID, text, empty)
		s.cost += cost
		if err != nil {
			return err
		}
		for _, one := range proposals {
			if grounded(one, text) && slices.Contains(empty, one.Field) {
				s.add(one.Field, stated{value: one.Value, quote: one.Quote, source: "model", origin: enrich.ByModel, confidence: .5, ref: enrich.EvidenceRef{URL: p.URL.String()}})
			}
		}
	}
	return nil
}

// grounded reports whether the quote of a proposal stands in the text and holds
// the value.
func grounded(p Proposal, text string) bool {
	return strings.TrimSpace(p.Value) != "" && len(p.Quote) <= 500 && strings.Contains(text, p.Quote) && strings.Contains(p.Quote, p.Value)
}

func pageText(p *webpage.Page) string {
	var b strings.Builder
	for _, l := range p.Lines {
		if b.Len() > 40_000 {
			break
		}
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// doubles looks for records that may be the same company.
func (s *study) doubles(ctx context.Context) error {
	tax, name, domain := s.known.TaxIDValue, s.known.Name, s.known.Domain
	for field, at := range map[string]*string{"tax_id_value": &tax, "registered_name": &name, "domain": &domain} {
		if *at == "" {
			*at = s.found(field)
		}
	}
	like, err := s.kind.Records.CompaniesLike(ctx, s.task.WorkspaceID, tax, name)
	if err != nil {
		return err
	}
	if domain != "" {
		at, err := s.kind.Records.CompaniesAt(ctx, s.task.WorkspaceID, domain)
		if err != nil {
			return err
		}
		like = append(like, at...)
	}
	for _, c := range like {
		if c.ID != s.known.ID && !slices.ContainsFunc(s.same, func(other record.Company) bool { return other.ID == c.ID }) {
			s.same = append(s.same, c)
		}
	}
	return nil
}
