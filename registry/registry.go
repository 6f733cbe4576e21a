// Package registry asks official registers of companies by number.
//
// VIES of the European Commission tells whether a VAT id is valid, and of many
// countries whose it is; GLEIF tells who has a legal entity identifier (ISO 17442).
// Both are off until an operator gives their address.
package registry

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/fetch"
	"github.com/enrichd/enrichd/record"
)

// Entry is what a register says of a company. Empty texts are not stated.
type Entry struct {
	Name, Street, PostalCode, City, Country string
	TaxID, LEI, RegistrationNumber          string
	URL                                     string // where it was read
}

// Fetcher fetches; *fetch.Client is one.
type Fetcher interface {
	Do(ctx context.Context, r fetch.Request) (*fetch.Response, error)
}

// VIES asks the VAT Information Exchange System over its REST interface.
type VIES struct {
	Fetcher Fetcher
	Base    string // address of the service, up to and with "/rest-api"
}

// Name is how the register is called in evidence.
func (v *VIES) Name() string { return "vies" }

// Takes reports whether the company has a VAT id that VIES can know.
func (v *VIES) Takes(known record.Company) bool {
	id := record.ParseVATID(known.TaxIDValue)
	return id.Type == record.TaxEUVAT && id.Check != record.CheckInvalid
}

// Look asks; nil is a number that is not valid.
func (v *VIES) Look(ctx context.Context, known record.Company) (*Entry, error) {
	id := record.ParseVATID(known.TaxIDValue).Value
	address := strings.TrimSuffix(v.Base, "/") + "/ms/" + url.PathEscape(id[:2]) + "/vat/" + url.PathEscape(id[2:])
	var answer struct {
		IsValid       bool
		UserError     string
		Name, Address string
		ErrorWrappers []struct{ Error string }
		ActionSucceed *bool
	}
	if err := ask(ctx, v.Fetcher, address, &answer); err != nil {
		return nil, err
	}
	busy := answer.ActionSucceed != nil && !*answer.ActionSucceed || answer.UserError != "" && answer.UserError != "VALID" && answer.UserError != "INVALID" && answer.UserError != "INVALID_INPUT"
	switch {
	case busy:
		return nil, enrich.Errorf(fetch.CodeUnreachable, "The register cannot answer for this country at the moment.")
	case !answer.IsValid:
		return nil, nil
	}
	e := &Entry{TaxID: id, Country: record.ParseVATID(id).Country, URL: address}
	if stated(answer.Name) {
		e.Name = oneLine(answer.Name)
	}
	if stated(answer.Address) {
		e.Street, e.PostalCode, e.City = lines(answer.Address)
	}
	return e, nil
}

// stated tells a value from the dashes of countries that do not give names.
func stated(s string) bool { return strings.Trim(s, "- \n") != "" }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

var town = regexp.MustCompile(`^(?:[A-Z]{1,2}-)?(\d{4,5}(?: ?[A-Z]{2})?|\d{2}-\d{3}|\d{3} \d{2})\s+(.+)$`)

// lines parts an address as VIES gives it: the street, then postcode and town.
func lines(address string) (street, code, city string) {
	var rest []string
	for line := range strings.SplitSeq(strings.TrimSpace(address), "\n") {
		line = oneLine(line)
		if m := town.FindStringSubmatch(line); m != nil && code == "" {
			code, city = m[1], m[2]
		} else if line != "" {
			rest = append(rest, line)
		}
	}
	if code == "" {
		return "", "", "" // it cannot be told which line is which
	}
	if len(rest) > 0 {
		street = rest[0]
	}
	return street, code, city
}

// GLEIF asks the Global Legal Entity Identifier Foundation.
type GLEIF struct {
	Fetcher Fetcher
	Base    string // address of the service, up to and with "/api/v1"
}

// Name is how the register is called in evidence.
func (g *GLEIF) Name() string { return "gleif" }

// Takes reports whether the company has an LEI or a number of a trade register.
func (g *GLEIF) Takes(known record.Company) bool {
	return known.LEI != "" || known.RegistrationNumber != "" && known.Country != ""
}

// leiRecord is one record of GLEIF's JSON:API, what is read of it.
type leiRecord struct {
	Attributes struct {
		LEI    string `json:"lei"`
		Entity struct {
			LegalName    struct{ Name string } `json:"legalName"`
			LegalAddress struct {
				AddressLines  []string `json:"addressLines"`
				City, Country string
				PostalCode    string `json:"postalCode"`
			} `json:"legalAddress"`
			RegisteredAs string `json:"registeredAs"`
			Status       string `json:"status"`
		} `json:"entity"`
	} `json:"attributes"`
}

// Look asks; nil is a number that is not known, or known of several.
func (g *GLEIF) Look(ctx context.Context, known record.Company) (*Entry, error) {
	base := strings.TrimSuffix(g.Base, "/") + "/lei-records"
	if known.LEI != "" {
		address := base + "/" + url.PathEscape(known.LEI)
		var one struct{ Data *leiRecord }
		if err := ask(ctx, g.Fetcher, address, &one); err != nil || one.Data == nil {
			return nil, err
		}
		return one.Data.entry(address), nil
	}
	query := url.Values{"filter[entity.registeredAs]": {known.RegistrationNumber}, "filter[entity.legalAddress.country]": {known.Country}}
	address := base + "?" + query.Encode()
	var list struct{ Data []leiRecord }
	if err := ask(ctx, g.Fetcher, address, &list); err != nil || len(list.Data) != 1 {
		return nil, err
	}
	return list.Data[0].entry(address), nil
}

func (r *leiRecord) entry(address string) *Entry {
	e := r.Attributes.Entity
	entry := &Entry{
		Name: e.LegalName.Name, City: e.LegalAddress.City, PostalCode: e.LegalAddress.PostalCode, Country: e.LegalAddress.Country,
		LEI: r.Attributes.LEI, RegistrationNumber: e.RegisteredAs, URL: address,
	}
	if len(e.LegalAddress.AddressLines) > 0 {
		entry.Street = e.LegalAddress.AddressLines[0]
	}
	return entry
}

// ask reads a JSON answer. A missing record leaves into as it is.
func ask(ctx context.Context, f Fetcher, address string, into any) error {
	res, err := f.Do(ctx, fetch.Request{URL: address, Timeout: 15 * time.Second, MaxBytes: 1 << 20, Header: http.Header{"Accept": {"application/json"}}})
	switch {
	case err != nil:
		return err
	case res.Status == http.StatusNotFound:
		return nil
	case res.Status != http.StatusOK:
		return enrich.Errorf(fetch.CodeUnreachable, "The register answers with status %d.", res.Status)
	}
	if err := json.Unmarshal(res.Body, into); err != nil {
		return enrich.Errorf(fetch.CodeUnwanted, "The register's answer cannot be read.")
	}
	return nil
}
