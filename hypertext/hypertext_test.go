package hypertext_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/enrichd/enrichd/hypertext"
)

// lines puts what was laid out into lines from the top down, its words from left to
// right, with " | " where columns part.
func lines(t *testing.T, content string) []string {
	t.Helper()
	sheets, err := hypertext.Read([]byte(content))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range sheets {
		words := slices.Clone(s.Words)
		slices.SortStableFunc(words, func(a, b hypertext.Word) int {
			if down := (a.Y0 + a.Y1 - b.Y0 - b.Y1) / 2; down < -3 || down > 3 {
				return int(down)
			}
			return int(a.X0 - b.X0)
		})
		for i, w := range words {
			switch {
			case i == 0 || w.Y0+w.Y1-words[i-1].Y0-words[i-1].Y1 > 6:
				out = append(out, w.Text)
			case w.X0-words[i-1].X1 > 11.5:
				out[len(out)-1] += " | " + w.Text
			default:
				out[len(out)-1] += " " + w.Text
			}
		}
	}
	return out
}

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"text in lines":         {"<p>one <b>two</b>three<br>four</p>five", []string{"one twothree", "four", "five"}},
		"a table":               {"<table><tr><th>Item<th>Price<tr><td>Paper, white<td align=right>9,90</table>", []string{"Item | Price", "Paper, white | 9,90"}},
		"cells over columns":    {"<table><tr><td>a<td>b<td>c<tr><td colspan=2>total<td>9</table>", []string{"a | b | c", "total | 9"}},
		"cells over rows":       {"<table><tr><td rowspan=2>a<td>b<tr><td>c</table>", []string{"a | b", "c"}},
		"a table in a cell":     {"<table><tr><td>left<td><table><tr><td>1<td>2<tr><td>3<td>4</table></table>", []string{"left | 1 | 2", "3 | 4"}},
		"a caption":             {"<table><caption>Items</caption><tr><td>a<td>b</table>", []string{"Items", "a | b"}},
		"terms":                 {"<dl><dt>Invoice<dd>17<dt>Date<dd>today</dl>", []string{"Invoice | 17", "Date | today"}},
		"placed from the right": {`<div style="position:relative;width:300pt;height:20pt"><p style="position:absolute;left:0;top:0">Total</p><p style="position:absolute;right:0;top:0">9,90</p></div>`, []string{"Total | 9,90"}},
		"a float in a line":     {`<div>seat 17<span style="float:right">40,50</span></div>`, []string{"seat 17 | 40,50"}},
		"what is hidden":        {`<div style="display:none">99.00</div><p hidden>no</p><span style="font-size:0">x</span><script>y</script><p style="opacity:0">z</p>seen`, []string{"seen"}},
		"hidden by a rule":      {`<style>.pre{display:none!important} @media (max-width:600px){.b{display:none}}</style><p class=pre>99</p><p class=b>seen</p>`, []string{"seen"}},
		"flex in columns":       {`<style>.row{display:flex}</style><div class=row><span>a</span><span>1</span></div><div class=row><span>wide text</span><span>2</span></div>`, []string{"a | 1", "wide text | 2"}},
		"flex in a stack":       {`<div style="display:flex;flex-direction:column"><p>a</p><p>b</p></div>`, []string{"a", "b"}},
		"a grid":                {`<div style="display:grid;grid-template-columns:repeat(2, 1fr)"><p>a</p><p>1</p><p>b</p><p>2</p></div>`, []string{"a | 1", "b | 2"}},
		"floats":                {`<div style="float:right">INVOICE 7</div><div style="float:left">Company</div><p style="clear:both">below</p>`, []string{"Company | INVOICE 7", "below"}},
		"beside a float":        {`<div style="float:right">INVOICE 7</div><div>Company</div>`, []string{"Company | INVOICE 7"}},
		"typed":                 {"<pre>Item      Price\nPaper      9.90</pre>", []string{"Item | Price", "Paper | 9.90"}},
		"places":                {`<div style="position:relative;height:100px"><span style="position:absolute;left:200px;top:10px">right</span><span style="position:absolute;left:10px;top:10px">left</span></div>after`, []string{"left | right", "after"}},
		"soft hyphens":          {"Rech&shy;nung&nbsp;7", []string{"Rechnung 7"}},
		"nothing":               {"", nil},
		"no end":                {"<table><tr><td>a<td>b", []string{"a | b"}},
		"styles that are wrong": {`<style>}} a{ .x{display:none; @media print{ p{</style><p style="display:;left:1e999px;:">a</p>`, []string{"a"}},
	} {
		if diff := cmp.Diff(c.want, lines(t, c.in)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Right and left ends of a column are each on one line.
func TestColumnsAreStraight(t *testing.T) {
	sheets, err := hypertext.Read([]byte(`<table><tr><td>a</td><td align="right">1.00</td></tr><tr><td>longer</td><td align="right">1,000.00</td></tr></table>`))
	if err != nil {
		t.Fatal(err)
	}
	w := sheets[0].Words
	if len(w) != 4 || w[0].X0 != w[2].X0 || w[1].X1 != w[3].X1 {
		t.Errorf("%+v", w)
	}
}

// A long document goes on, on further sheets, and no word lies outside of its own.
func TestSheets(t *testing.T) {
	sheets, err := hypertext.Read([]byte("<body>" + strings.Repeat("<p>a paragraph of some words</p>", 200)))
	if err != nil {
		t.Fatal(err)
	}
	words := 0
	for _, s := range sheets {
		for _, w := range s.Words {
			words++
			if w.Y0 < 0 || w.Y1 > s.Height || w.X0 < 0 || w.X1 > s.Width {
				t.Fatalf("%+v lies outside", w)
			}
		}
	}
	if len(sheets) < 4 || words != 1000 {
		t.Errorf("%d sheets, %d words", len(sheets), words)
	}
}

func TestIs(t *testing.T) {
	for content, want := range map[string]bool{
		"<!DOCTYPE html><p>": true, "\ufeff \n<!-- saved --><html lang=de>": true, "<?xml version='1.0'?><!DOCTYPE html PUBLIC \"x\">": true,
		"<div class=x>": true, "<table>": true,
		"<?xml version='1.0'?><Invoice/>": false, "<!DOCTYPE a [<!ENTITY b 'c'>]><Invoice/>": false, "<Invoice>": false, "<pain/>": false, "<!--": false, "": false, "text": false, "<p": false,
	} {
		if got := hypertext.Is([]byte(content)); got != want {
			t.Errorf("%q is %t", content, got)
		}
	}
}

// Nobody's bytes make it stop, loop or take long.
func TestHostile(t *testing.T) {
	contents := map[string]string{
		"deep":        strings.Repeat("<div>", 100_000) + "x",
		"deep tables": strings.Repeat("<table><tr><td>", 2_000) + "x",
		"spans":       "<table>" + strings.Repeat("<tr><td colspan=999999 rowspan=999999>x", 2_000),
		"many rules":  "<style>" + strings.Repeat("div p{display:block}", 50_000) + "</style>" + strings.Repeat("<div><p>x</p></div>", 5_000),
		"one word":    "<p>" + strings.Repeat("x", 1_000_000),
		"words":       "<p>" + strings.Repeat("x ", 500_000),
		"flex rows":   strings.Repeat("<div style=display:flex><i>a</i><i>b</i></div>", 20_000),
		"floats":      strings.Repeat("<i style=float:left>a</i>", 20_000),
		"far away":    `<p style="position:absolute;top:9999999px;left:-99999999px">x</p><p style="font-size:99999px">y</p>`,
	}
	if files, err := filepath.Glob("../../shared/data/badinput/*/*"); err == nil {
		for _, f := range files {
			if raw, err := os.ReadFile(f); err == nil && len(raw) < 4<<20 {
				contents[f] = string(raw)
			}
		}
	}
	for name, content := range contents {
		began := time.Now()
		if _, err := hypertext.Read([]byte(content)); err != nil && !errors.Is(err, hypertext.ErrTooLarge) && !strings.Contains(err.Error(), "html:") {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s took %s", name, took)
		} else if took > time.Second {
			t.Logf("%s took %s", name, took)
		}
	}
}
