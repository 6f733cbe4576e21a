package einvoice

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// fixtures lists our own documents; all companies in them are invented.
func fixtures(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*.xml"))
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	return files
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReadGolden(t *testing.T) {
	for _, file := range fixtures(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			inv, err := Read(readFile(t, file))
			if err != nil {
				t.Fatal(err)
			}
			inv.Rules = nil // TestFiguresRules looks at them
			got, err := json.MarshalIndent(map[string]any{"invoice": inv, "checks": inv.Checks()}, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".xml") + ".golden.json"
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(readFile(t, golden)), string(got)+"\n"); diff != "" {
				t.Errorf("differs from %s (-want +got):\n%s", golden, diff)
			}
		})
	}
}

// TestJSONRoundTrip matters because invoices are cached as JSON.
func TestJSONRoundTrip(t *testing.T) {
	for _, file := range fixtures(t) {
		inv, err := Read(readFile(t, file))
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(inv)
		if err != nil {
			t.Fatal(err)
		}
		var back Invoice
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(*inv, back); diff != "" {
			t.Errorf("%s changed on the way (-want +got):\n%s", file, diff)
		}
	}
}

func TestDetect(t *testing.T) {
	tests := map[string]Format{
		"ubl-invoice.xml": FormatUBLInvoice, "ubl-creditnote.xml": FormatUBLCreditNote,
		"cii-en16931.xml": FormatCII, "cii-minimum.xml": FormatCII,
	}
	for file, want := range tests {
		got, err := Detect(readFile(t, filepath.Join("testdata", file)))
		if got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", file, got, err, want)
		}
	}
	if _, err := Detect([]byte("<order/>")); code(err) != CodeUnknownFormat {
		t.Errorf("got %v, want %s", err, CodeUnknownFormat)
	}
	if _, err := Detect([]byte("<!-- nothing -->")); code(err) != CodeNotXML {
		t.Errorf("got %v, want %s", err, CodeNotXML)
	}
}

// code returns the code of a typed error, "" for none.
func code(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

func TestCredit(t *testing.T) {
	tests := []struct {
		name   string
		format Format
		code   string
		want   bool
	}{
		{"invoice", FormatCII, "380", false},
		{"credit note in CII", FormatCII, "381", true},
		{"self-billed credit note", FormatUBLCreditNote, "261", true},
		{"corrected invoice", FormatUBLInvoice, "384", false},
		{"credit note without a code", FormatUBLCreditNote, "", true},
		{"invoice without a code", FormatUBLInvoice, "", false},
	}
	for _, tt := range tests {
		inv := &Invoice{Format: tt.format, TypeCode: Text{Value: tt.code}}
		if got := inv.Credit(); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// FuzzRead demands a typed error or an invoice that survives its checks and JSON.
func FuzzRead(f *testing.F) {
	for _, file := range fixtures(f) {
		f.Add(readFile(f, file))
	}
	for _, tt := range refusals() {
		if len(tt.data) < 10_000 {
			f.Add([]byte(tt.data))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		inv, err := Read(data)
		if err != nil {
			if code(err) == "" {
				t.Fatalf("the error %v has no type", err)
			}
			return
		}
		for _, c := range inv.Checks() {
			if c.Code == "" || c.Status == "" {
				t.Fatalf("incomplete check %+v", c)
			}
		}
		if _, err := json.Marshal(inv); err != nil {
			t.Fatal(err)
		}
		if format, err := Detect(data); err != nil || format != inv.Format {
			t.Fatalf("detected %q, %v, but read %q", format, err, inv.Format)
		}
	})
}
