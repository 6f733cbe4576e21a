package bankfile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// ids are the identities of all entries of a file.
func ids(f *File) []string {
	var all []string
	for _, s := range f.Statements {
		for _, e := range s.Entries {
			all = append(all, e.Identity)
		}
	}
	return all
}

// coffee is an entry without a reference of the bank.
func coffee(day, amount, text string) string {
	return strings.Replace(ntry(amount, "DBIT", "<AddtlNtryInf>"+text+"</AddtlNtryInf>"), "2031-01-02", day, 1)
}

func TestEqualLinesAreTwo(t *testing.T) {
	text := camtOf(coffee("2031-01-02", "3.20", "CAFE") + coffee("2031-01-02", "3.20", "CAFE"))
	f := parseText(t, text)
	got := ids(f)
	if got[0] == got[1] {
		t.Error("two equal coffees have one identity")
	}
	if again := ids(parseText(t, text)); !slices.Equal(got, again) {
		t.Errorf("the same file has other identities: %v, %v", got, again)
	}
	if e := f.Statements[0].Entries[1]; e.Occurrence != 2 {
		t.Errorf("the second coffee is number %d", e.Occurrence)
	}
}

// An identity must tell what is another line, and no more.
func TestIdentityTells(t *testing.T) {
	base := `<NtryRef>7</NtryRef>` + bothParties
	ref := `<AcctSvcrRef>R1</AcctSvcrRef>`
	for _, tt := range []struct {
		name, a, b string
		same       bool
	}{
		{"the amount as written", ntry("5", "CRDT", base), ntry("5.00", "CRDT", base), true},
		{"white space and case", coffee("2031-01-02", "1", "Cafe  du Nord"), coffee("2031-01-02", "1", "CAFE DU NORD"), true},
		{"the amount", ntry("5", "CRDT", base), ntry("6", "CRDT", base), false},
		{"the sign", ntry("5", "CRDT", base), ntry("5", "DBIT", base), false},
		{"the day", coffee("2031-01-02", "1", "x"), coffee("2031-01-03", "1", "x"), false},
		{"the text", coffee("2031-01-02", "1", "x"), coffee("2031-01-02", "1", "y"), false},
		{"the status", ntry("5", "CRDT", base), strings.Replace(ntry("5", "CRDT", base), "BOOK", "PDNG", 1), false},
		{"the currency", ntry("5", "CRDT", base), strings.Replace(ntry("5", "CRDT", base), "EUR", "USD", 1), false},
		{"text beside a reference", ntry("5", "CRDT", ref), ntry("5", "CRDT", ref+"<AddtlNtryInf>x</AddtlNtryInf>"), true},
		{"a reference used again with another amount", ntry("5", "CRDT", ref), ntry("6", "CRDT", ref), false},
		{"a reference that is none", ntry("5", "CRDT", "<AcctSvcrRef>NONREF</AcctSvcrRef><AddtlNtryInf>x</AddtlNtryInf>"), ntry("5", "CRDT", "<AcctSvcrRef>NONREF</AcctSvcrRef>"), false},
	} {
		a, b := ids(parseText(t, camtOf(tt.a)))[0], ids(parseText(t, camtOf(tt.b)))[0]
		if (a == b) != tt.same {
			t.Errorf("%s: same is %v, want %v", tt.name, a == b, tt.same)
		}
	}
	other := strings.Replace(camtOf(ntry("5", "CRDT", base)), "DE89370400440532013000", "DE02120300000000202051", 1)
	if ids(parseText(t, other))[0] == ids(parseText(t, camtOf(ntry("5", "CRDT", base))))[0] {
		t.Error("two accounts share an identity")
	}
}

// A statement that goes on where the last one ended holds other lines, one that
// is repeated the same ones.
func TestStatementsThatGoOn(t *testing.T) {
	page := func(number, opening, closing string) string {
		return "<Stmt><Id>S</Id><ElctrncSeqNb>" + number + "</ElctrncSeqNb><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>" +
			bal("OPBD", opening, "CRDT") + bal("CLBD", closing, "CRDT") + coffee("2031-01-02", "1.00", "CAFE") + "</Stmt>"
	}
	file := func(pages ...string) string {
		return camtOpen + strings.Join(pages, "") + "</BkToCstmrStmt></Document>"
	}
	if got := ids(parseText(t, file(page("1", "9.00", "8.00"), page("2", "8.00", "7.00")))); got[0] == got[1] {
		t.Error("the coffee of the next page is taken for that of the first")
	}
	if got := ids(parseText(t, file(page("1", "9.00", "8.00"), page("1", "9.00", "8.00")))); got[0] != got[1] {
		t.Error("a repeated statement has other identities")
	}
}

// Whatever two statements of whole days overlap in, together they have the
// entries of the whole, each once.
func TestOverlapProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const days = 8
		lines := make([]string, days)
		for d := range lines {
			for range rapid.IntRange(0, 4).Draw(t, "entries") {
				amount := rapid.SampledFrom([]string{"3.20", "3.2", "7"}).Draw(t, "amount")
				lines[d] += coffee(fmt.Sprintf("2031-01-%02d", d+1), amount, "CAFE")
			}
		}
		read := func(from, to int) []string {
			f, err := Parse(strings.NewReader(camtOf(strings.Join(lines[from:to], ""))), Options{})
			if err != nil {
				t.Fatal(err)
			}
			return ids(f)
		}
		end := rapid.IntRange(1, days).Draw(t, "end of the first")
		start := rapid.IntRange(0, end).Draw(t, "start of the second")
		union := map[string]bool{}
		for _, id := range append(read(0, end), read(start, days)...) {
			union[id] = true
		}
		whole := read(0, days)
		for _, id := range whole {
			if !union[id] {
				t.Fatalf("an entry of the whole is in neither part")
			}
			delete(union, id)
		}
		if len(union) > 0 {
			t.Fatalf("%d entries too many", len(union))
		}
	})
}

func TestStated(t *testing.T) {
	for reference, want := range map[string]bool{
		"NONREF": false, "notprovided": false, "NOT PROVIDED": false, "0000000": false, "": false, "-": false, "N": false,
		"RF18": true, "42": true, "N12": true,
	} {
		if Stated(reference) != want {
			t.Errorf("Stated(%q) = %v", reference, !want)
		}
	}
}
