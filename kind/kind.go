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
	"github.com/enrichd/enrichd/kind/rule"
	"github.com/enrichd/enrichd/llm"
)

// Ports is what the kinds read from outside.
type Ports struct {
	Records interface {
		ocr.Documents
		extract.Records
		reconcile.Records
		rule.Records
	}
	Reader *extraction.Reader
	// Model is asked last, for what is still empty; nil for none.
	Model llm.Asker
	// Answers gives the columns of the type ai their values; nil is none: they abstain.
	Answers rule.Model
}

// All lists the kinds in the contract's order.
func All(p Ports) []enrich.Kind {
	sheets := &rule.Sheets{Records: p.Records}
	return []enrich.Kind{
		&extract.Invoice{Records: p.Records, Reader: p.Reader, Model: p.Model},
		&ocr.Kind{Documents: p.Records, Reader: p.Reader},
		&reconcile.Kind{Records: p.Records},
		&rule.Column{Sheets: sheets, Model: p.Answers},
		&rule.FieldRule{Sheets: sheets},
	}
}
