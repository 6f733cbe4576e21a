package bankfile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// tableEntry is a row of the truth.
type tableEntry struct {
	Date        string  `json:"date"`
	Amount      string  `json:"amount"`
	Currency    *string `json:"currency"`
	Description string  `json:"description"`
	Reference   *string `json:"reference"`
}

// TestCSVTruth compares every row of every CSV file, read by a guessed mapping.
func TestCSVTruth(t *testing.T) {
	compared := 0
	rows := truthRows(t, "csv")
	for _, row := range rows {
		t.Run(filepath.Base(row.File), func(t *testing.T) {
			d := &diff{t: t}
			f := parseFile(t, row.File, Options{})
			if len(f.Warnings) > 0 {
				t.Errorf("warnings: %v", f.Warnings)
			}
			byLine := map[int]Entry{}
			for _, s := range f.Statements {
				for _, e := range s.Entries {
					byLine[e.Line] = e
				}
			}
			if len(byLine) != len(row.Truth.Table) {
				t.Fatalf("%d entries, want %d", len(byLine), len(row.Truth.Table))
			}
			for i, w := range row.Truth.Table {
				e := byLine[i+2] // Below the headings.
				d.text("date", e.BookingDate, &w.Date)
				d.amount("amount", e.Amount, w.Amount)
				d.text("description", append(e.Remittance, "")[0], &w.Description)
				d.text("reference", e.Reference, w.Reference)
				// One file of the truth takes its currency from the importer, not from the file.
				if e.Currency != "" || f.Mapping.Currency > 0 {
					d.text("currency", e.Currency, w.Currency)
				}
			}
			compared += d.compared
			again(t, row.File, f)
		})
	}
	t.Logf("%d files, %d values compared", len(rows), compared)
}

// again reads a file by the mapping it was read by, as it is remembered.
func again(t *testing.T, path string, f *File) {
	t.Helper()
	kept, err := json.Marshal(f.Mapping)
	if err != nil {
		t.Fatal(err)
	}
	var m Mapping
	if err := json.Unmarshal(kept, &m); err != nil {
		t.Fatal(err)
	}
	r, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	guessed, err := GuessMapping(r, Options{})
	if err != nil || guessed.Key() != m.Key() || m.Key() == "" {
		t.Errorf("key %q is not %q: %v", m.Key(), guessed.Key(), err)
	}
	second := parseFile(t, path, Options{Mapping: &m})
	for i, s := range second.Statements {
		for j, e := range s.Entries {
			if e.Identity != f.Statements[i].Entries[j].Identity {
				t.Errorf("line %d has another identity by the remembered mapping", e.Line)
			}
		}
	}
}
