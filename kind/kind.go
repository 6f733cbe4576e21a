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
	"github.com/enrichd/enrichd/kind/monthly"
	"github.com/enrichd/enrichd/kind/ocr"
	"github.com/enrichd/enrichd/kind/reconcile"
)

// Ports is what the kinds read from outside.
type Ports struct {
	Records interface {
		ocr.Documents
		extract.Records
		reconcile.Records
		monthly.Records
	}
	Reader *extraction.Reader
}

// All lists the kinds in the contract's order.
func All(p Ports) []enrich.Kind {
	return []enrich.Kind{
		&extract.Invoice{Records: p.Records, Reader: p.Reader},
		&ocr.Kind{Documents: p.Records, Reader: p.Reader},
		&reconcile.Kind{Records: p.Records},
		&monthly.Close{Records: p.Records},
		&monthly.Backfill{Records: p.Records},
	}
}
