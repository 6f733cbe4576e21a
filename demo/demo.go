// Package demo holds the files of a small company for a first look.
//
// Everything in them is invented: a bakery in Lyon, what its suppliers sent it,
// one of them on paper that was scanned, two invoices that it wrote itself, one of
// them a PDF with its XML attached, an order that is no invoice, and a file that
// was cut off on its way. The PDF and the scan are written by demo/generate.
package demo

import (
	"embed"
	"io/fs"

	"github.com/enrichd/enrichd/record"
)

//go:embed files statements
var files embed.FS

// File is one file of the demo.
type File struct {
	Name    string
	Content []byte
}

// Files lists the demo's documents in the order in which they arrive.
func Files() ([]File, error) { return list("files") }

// Statements lists the demo's bank files. They arrive after the documents: most
// of their entries pay one.
func Statements() ([]File, error) { return list("statements") }

func list(folder string) ([]File, error) {
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		return nil, err
	}
	var list []File
	for _, e := range entries {
		content, err := fs.ReadFile(files, folder+"/"+e.Name())
		if err != nil {
			return nil, err
		}
		list = append(list, File{Name: e.Name(), Content: content})
	}
	return list, nil
}

// WorkspaceName is the name of the demo's workspace.
const WorkspaceName = "Boulangerie Martin SAS"

// Company is the company that the demo's workspace itself is.
func Company(workspaceID string) record.Company {
	const vat = "FR81842173908"
	return record.Company{
		ID: record.DerivedID(workspaceID, record.EntityCompany, "tax_id", vat), Name: WorkspaceName,
		RegisteredName: WorkspaceName, TaxIDValue: vat, TaxIDType: "eu_vat", Country: "FR",
	}
}
