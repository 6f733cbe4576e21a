package bankfile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/govalues/decimal"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// dialect is a table as a bank exports it, with invented entries, and the truth
// of it: see testdata/dialects/README.md.
type dialect struct {
	name    string
	data    []byte
	refused Code
	doubt   string   // yes, any or none
	want    []string // date | amount | currency | counterparty | part of the text | pending
}

var encodings = map[string]encoding.Encoding{
	"windows-1250": charmap.Windows1250, "windows-1252": charmap.Windows1252, "iso-8859-15": charmap.ISO8859_15,
	"utf-8-bom": unicode.UTF8BOM, "utf-16le-bom": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "utf-16be-bom": unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
}

func dialects(t *testing.T, dir string, least int) []dialect {
	t.Helper()
	paths, err := filepath.Glob("testdata/" + dir + "/*.txt")
	if err != nil || len(paths) < least {
		t.Fatalf("%d dialects, %v", len(paths), err)
	}
	var all []dialect
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		truth, file, found := strings.Cut(string(raw), "--\n")
		if !found {
			t.Fatalf("%s has no file", path)
		}
		d := dialect{name: strings.TrimSuffix(filepath.Base(path), ".txt"), doubt: "none", data: []byte(file)}
		for line := range strings.SplitSeq(strings.TrimSuffix(truth, "\n"), "\n") {
			name, value, _ := strings.Cut(line, ": ")
			switch {
			case strings.HasPrefix(line, "= "):
				d.want = append(d.want, line[2:])
			case line == "crlf":
				d.data = bytes.ReplaceAll(d.data, []byte("\n"), []byte("\r\n"))
			case name == "encoding" && encodings[value] != nil:
				file = value
			case name == "refused":
				d.refused = Code(value)
			case name == "doubt":
				d.doubt = value
			default:
				t.Fatalf("%s: %q", path, line)
			}
		}
		if e := encodings[file]; e != nil {
			if d.data, err = e.NewEncoder().Bytes(d.data); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
		all = append(all, d)
	}
	return all
}

// Every row of every dialect is read by a guessed mapping, or the table is refused
// as one that needs a mapping where its truth says so.
func TestDialects(t *testing.T) { readAll(t, dialects(t, "dialects", 84)) }

// The same for files of MT940, MT942, OFX and camt in the forms that banks give them.
func TestForms(t *testing.T) { readAll(t, dialects(t, "forms", 12)) }

func readAll(t *testing.T, all []dialect) {
	t.Helper()
	read := 0
	for _, d := range all {
		t.Run(d.name, func(t *testing.T) {
			f, err := Parse(bytes.NewReader(d.data), Options{})
			var refused *Error
			if d.refused != "" || err != nil {
				if !errors.As(err, &refused) || refused.Code != d.refused {
					t.Fatalf("got %v, want %q", err, d.refused)
				}
				return
			}
			var got []Entry
			for _, s := range f.Statements {
				got = append(got, s.Entries...)
			}
			if len(got) != len(d.want) {
				t.Fatalf("%d entries, want %d: %+v", len(got), len(d.want), got)
			}
			for i, want := range d.want {
				got[i].check(t, strings.Split(want, " | "))
			}
			if told := f.Mapping != nil && len(f.Mapping.Doubts) > 0; d.doubt != "any" && told != (d.doubt == "yes") {
				t.Errorf("doubts: got %+v, want %s", f.Mapping, d.doubt)
			}
			for _, w := range f.Warnings {
				if w.Code == BalanceGap {
					t.Errorf("warned: %s", w.Message)
				}
			}
			read++
		})
	}
	t.Logf("%d of %d read", read, len(all))
}

func (e Entry) check(t *testing.T, want []string) {
	t.Helper()
	for i := range want {
		want[i] = strings.TrimSpace(want[i])
	}
	amount := decimal.MustParse(want[1])
	text := strings.Join(e.Remittance, " ")
	status := Booked
	if len(want) > 5 {
		status = Status(want[5])
	}
	switch {
	case e.BookingDate != want[0] || e.Amount.Cmp(amount) != 0 || e.Currency != want[2] || e.Status != status:
		t.Errorf("line %d: got %s %s %s %s, want %v", e.Line, e.BookingDate, e.Amount, e.Currency, e.Status, want)
	case want[3] != "*" && e.Counterparty.Name != want[3]:
		t.Errorf("line %d: the counterparty is %q, want %q", e.Line, e.Counterparty.Name, want[3])
	case !strings.Contains(text, want[4]):
		t.Errorf("line %d: the text is %q, want %q", e.Line, text, want[4])
	}
}
