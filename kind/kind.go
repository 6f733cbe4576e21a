// Package kind lists the workers that this program has.
//
// Each kind is a folder of its own; adding one touches that folder and one line
// here. The contract names twelve types; those without a line are accepted and
// wait for a program that has them.
package kind

import (
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/extraction"
	"github.com/enrichd/enrichd/kind/company"
	"github.com/enrichd/enrichd/kind/extract"
	"github.com/enrichd/enrichd/kind/logo"
	"github.com/enrichd/enrichd/kind/monthly"
	"github.com/enrichd/enrichd/kind/ocr"
	"github.com/enrichd/enrichd/kind/people"
	"github.com/enrichd/enrichd/kind/reconcile"
	"github.com/enrichd/enrichd/kind/rule"
	"github.com/enrichd/enrichd/kind/score"
	"github.com/enrichd/enrichd/llm"
)

// Ports is what the kinds read from outside.
type Ports struct {
	Records interface {
		ocr.Documents
		extract.Records
		reconcile.Records
		logo.Records
		company.Records
		people.Records
		score.Suppliers
		monthly.Records
		rule.Records
	}
	Reader *extraction.Reader
	// Model is asked last, for what is still empty; nil for none.
	Model llm.Asker
	// Judge gives the columns of the type ai their values; nil is none: they abstain.
	Judge llm.Judge
	// What the kinds that look outward need.
	Fetcher    logo.Fetcher // nil where nothing is fetched
	Pictures   logo.Pictures
	Registries []company.Registry
	Blobs      interface {
		logo.Blobs
		people.Blobs
	}
}

// All lists the kinds in the contract's order.
func All(p Ports) []enrich.Kind {
	matcher := &reconcile.Kind{Records: p.Records}
	sheets := &rule.Sheets{Records: p.Records}
	return []enrich.Kind{
		&logo.Kind{Records: p.Records, Fetcher: p.Fetcher, Pictures: p.Pictures, Blobs: p.Blobs},
		&company.Kind{Records: p.Records, Reader: p.Reader, Fetcher: p.Fetcher, Registries: p.Registries, Model: company.Asking(p.Model)},
		&people.Kind{Records: p.Records, Blobs: p.Blobs, Fetcher: p.Fetcher},
		&extract.Invoice{Records: p.Records, Reader: p.Reader, Model: p.Model},
		&ocr.Kind{Documents: p.Records, Reader: p.Reader},
		matcher,
		score.New(p.Records),
		&reconcile.Backfill{Reconcile: matcher},
		&monthly.Close{Records: p.Records},
		&monthly.Backfill{Records: p.Records},
		&rule.Column{Sheets: sheets, Model: rule.Judging(p.Judge)},
		&rule.FieldRule{Sheets: sheets},
	}
}
