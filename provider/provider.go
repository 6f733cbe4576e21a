// Package provider knows supplier portals and who bills there.
//
// A provider is a portal from which invoices can be collected. Match says how sure
// it is that a counterparty's invoices are obtainable at one, from its bank labels,
// its domain and its country; Priority says how much that is worth. The two are
// never one number. The catalogue is data, of our own writing.
package provider

import (
	_ "embed"
	"strings"
)

//go:embed catalogue.tsv
var catalogueTable string

// Provider is an entry of the catalogue.
type Provider struct {
	ID        string // its slug: lower case, digits and dashes
	Name      string
	Category  string
	Countries []string // ISO 3166 alpha-2 of where it bills; empty: anywhere
	Hosts     []string // of its portal and its invoices, the first the one to show
	Terms     []string // how bank labels call it
}

// Catalogue lists the providers in the order of the file.
func Catalogue() []Provider {
	var list []Provider
	for n, line := range strings.Split(strings.TrimSpace(catalogueTable), "\n") {
		f := strings.Split(line, "\t")
		if n == 0 || len(f) != 6 {
			continue // the heading; a test holds each line to six columns
		}
		list = append(list, Provider{
			ID: f[0], Name: f[1], Category: f[2], Countries: strings.Fields(f[3]), Hosts: strings.Fields(f[4]), Terms: strings.Split(f[5], ";"),
		})
	}
	return list
}

// Counterparty is what is known of who may bill at a provider.
type Counterparty struct {
	Names   []string
	Domain  string // host or e-mail domain; empty when unknown
	Country string // ISO 3166 alpha-2; empty when unknown
	Labels  []Label
	// Refused are the ids of providers that a person said no to.
	Refused []string
}

// Label is one text that bank lines show for a counterparty.
type Label struct {
	Text  string
	Count int // lines that show it
}

// Evidence is one thing that speaks for or against a match.
type Evidence struct {
	Signal string  `json:"signal"` // domain, host, searchable_term, name, country
	Weight float64 `json:"weight"` // bits: each doubles or halves the odds
	Detail string  `json:"detail"`
}

// Candidate is a provider with how likely it is.
type Candidate struct {
	Provider Provider
	Match    float64 // probability, 0 to 1
	Evidence []Evidence
	Refused  bool // a person said no
	bits     float64
}

// Gates of a match: from MatchAt with at least Margin before the runner-up it is
// taken, from AskAt a person is asked. They are read off the tuning half of the labels
// in testdata.
const (
	MatchAt = 0.9
	AskAt   = 0.6
	Margin  = 0.3
)
