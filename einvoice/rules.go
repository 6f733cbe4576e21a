package einvoice

import (
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// Rule is the verdict on one business rule of EN 16931 that had something to look
// at in the document.
type Rule struct {
	// ID is the standard's own, such as BR-CO-10.
	ID string `json:"id"`
	// Status is StatusPass or StatusFail.
	Status string `json:"status"`
	// Demand says in a few words what a rule that fails asks for.
	Demand string `json:"demand,omitempty"`
	// Path is the first element that breaks the rule.
	Path string `json:"path,omitempty"`
}

// rule is one business rule: it must hold for every element of its group, which is
// a term of the standard or "" for the document itself.
type rule struct {
	id, group, demand string
	holds             func(b *book, n *node) bool
}

// book holds one document against the rules. The rules speak of the standard's
// terms; paths say where the document's syntax has them.
type book struct {
	root  *node
	cii   bool
	paths map[string][]path
	lists map[string]map[string]bool
}

// Rules holds a UBL or CII document against the business rules of EN 16931 and
// returns those that had something to look at, in the standard's order. A document
// of another syntax has none. The rules are those of the standard's own validation
// artefacts, without the ones of countries and networks. The error is an *[Error].
func Rules(data []byte) ([]Rule, error) {
	text, err := decode(data)
	if err != nil {
		return nil, err
	}
	s, root, err := parse(text)
	if err != nil {
		return nil, err
	}
	return rulesOn(s.format, root), nil
}

// rulesOn judges a tree; the profiles below EN 16931 do not promise its rules.
func rulesOn(f Format, root *node) []Rule {
	if !slices.Contains([]Format{FormatUBLInvoice, FormatUBLCreditNote, FormatUBLSelfBilled, FormatUBLSelfBilledCredit, FormatCII}, f) {
		return nil
	}
	b := newBook(root, f == FormatCII)
	if profile := strings.ToLower(b.text(root, "BT-24")); strings.HasSuffix(profile, ":minimum") || strings.HasSuffix(profile, ":basicwl") {
		return nil
	}
	var verdicts []Rule
	for _, r := range allRules() {
		if v, applies := b.judge(r); applies {
			verdicts = append(verdicts, v)
		}
	}
	return verdicts
}

// allRules lists the rules in the order of the standard.
func allRules() []rule {
	return slices.Concat(presenceRules(), detailRules(), sumRules(), conditionRules(), categoryRules(), decimalRules(), codeRules())
}

func newBook(root *node, cii bool) *book {
	b := &book{root: root, cii: cii, paths: map[string][]path{}, lists: codeLists()}
	for _, t := range terms() {
		written := t.ubl
		if cii {
			written = t.cii
		}
		if written != "" {
			b.paths[t.id] = readPaths(written)
		}
	}
	return b
}

// judge tries a rule on every element of its group.
func (b *book) judge(r rule) (Rule, bool) {
	group := []*node{b.root}
	if r.group != "" {
		group = b.all(b.root, r.group)
	}
	if !b.concerns(r.id) {
		return Rule{}, false
	}
	v := Rule{ID: r.id, Status: StatusPass}
	for _, n := range group {
		if !r.holds(b, n) {
			v.Status, v.Demand, v.Path = StatusFail, r.demand, n.path()
			break
		}
	}
	return v, len(group) > 0
}

// all returns the elements of a term below n, in the order of the document.
func (b *book) all(n *node, term string) []*node {
	var found []*node
	for _, p := range b.paths[term] {
		found = append(found, p.from(n)...)
	}
	return found
}

// has reports whether a term is there at all.
func (b *book) has(n *node, term string) bool { return len(b.all(n, term)) > 0 }

// text is the first text of a term, "" for none.
func (b *book) text(n *node, term string) string {
	for _, found := range b.all(n, term) {
		if s := text(found); s != "" {
			return s
		}
	}
	return ""
}

// filled reports whether a term is there and says something.
func (b *book) filled(n *node, term string) bool { return b.text(n, term) != "" }

// number is the first number of a term; false where there is none that can be read.
func (b *book) number(n *node, term string) (decimal.Decimal, bool) {
	for _, found := range b.all(n, term) {
		return numberOf(found)
	}
	return decimal.Zero, false
}

func numberOf(n *node) (decimal.Decimal, bool) {
	value, ok := canonicalNumber(text(n))
	if !ok {
		return decimal.Zero, false
	}
	return parseNumber(Text{Value: value})
}

// sum adds the numbers of a term over several elements; those that are absent or
// cannot be read count for nothing.
func (b *book) sum(from []*node, term string) decimal.Decimal {
	total := decimal.Zero
	for _, n := range from {
		if d, ok := b.number(n, term); ok {
			total = plusDecimal(total, d)
		}
	}
	return total
}

// plusDecimal adds, and keeps what it has where a sum is too long to compute.
func plusDecimal(a, b decimal.Decimal) decimal.Decimal {
	sum, err := a.AddExact(b, max(a.Scale(), b.Scale()))
	if err != nil {
		return a
	}
	return sum
}

// equals compares a number with a sum rounded to cents.
func equals(stated decimal.Decimal, sum decimal.Decimal) bool {
	rounded, err := roundHalfUp(sum, 2)
	return err == nil && stated.Cmp(rounded) == 0
}

// near reports whether two numbers are less than one apart.
func near(a, b decimal.Decimal) bool {
	difference, err := a.SubAbs(b)
	return err == nil && difference.Cmp(decimal.One) < 0
}
