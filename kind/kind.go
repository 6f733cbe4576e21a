// Package kind lists the workers that this program has.
//
// Each kind is a folder of its own; adding one touches that folder and one line
// here. The contract names twelve types; those without a line are accepted and
// wait for a program that has them.
package kind

import (
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/extraction"
	"github.com/enrichd/enrichd/kind/extract"
	"github.com/enrichd/enrichd/kind/ocr"
	"github.com/enrichd/enrichd/kind/reconcile"
	"github.com/enrichd/enrichd/kind/score"
)

// Ports is what the kinds read from outside.
type Ports struct {
	Records interface {
		ocr.Documents
		extract.Records
		reconcile.Records
		score.Suppliers
	}
	Reader *extraction.Reader
}

// All lists the kinds in the contract's order.
func All(p Ports) []enrich.Kind {
	matcher := &reconcile.Kind{Records: p.Records}
	return []enrich.Kind{
		&extract.Invoice{Records: p.Records, Reader: p.Reader},
		&ocr.Kind{Documents: p.Records, Reader: p.Reader},
		matcher,
		score.New(p.Records),
		&reconcile.Backfill{Reconcile: matcher},
	}
}
