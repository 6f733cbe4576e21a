package einvoice

import (
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// category is what the rules of one VAT category ask for. Each category has ten
// rules of the same meaning by its own name, BR-S-01 to BR-S-10 and so on.
type category struct {
	id, code, words string
	several         bool // the breakdown may have one entry for each rate
	rate            rateKind
	identified      func(b *book) bool
	who             string // what identified asks for, in words
	within          bool   // sums may differ by less than one
	exempt          bool   // a reason for which no VAT is due must be given, else must not
}

type rateKind int

const (
	rateZero rateKind = iota
	ratePositive
	rateAny
	rateAbsent
)

func categories() []category {
	taxable, vat := (*book).sellerTaxable, (*book).sellerVAT
	const registered = "the seller's VAT id or tax registration, or the VAT id of the tax representative"
	return []category{
		{id: "S", code: "S", words: "standard rated", several: true, rate: ratePositive, identified: taxable, who: registered, within: true},
		{id: "Z", code: "Z", words: "zero rated", identified: taxable, who: registered},
		{id: "E", code: "E", words: "exempt", identified: taxable, who: registered, exempt: true},
		{
			id: "AE", code: "AE", words: "reverse charge", exempt: true, who: registered + ", and the buyer's VAT id or registration",
			identified: func(b *book) bool {
				return b.sellerTaxable() && (b.party("BG-7", "BT-31") || b.party("BG-7", "BT-30"))
			},
		},
		{
			id: "IC", code: "K", words: "intra-community supply", exempt: true, who: "the VAT ids of the seller (or its representative) and of the buyer",
			identified: func(b *book) bool { return b.sellerVAT() && b.party("BG-7", "BT-31") },
		},
		{id: "G", code: "G", words: "export outside the EU", exempt: true, identified: vat, who: "the VAT id of the seller or its tax representative"},
		{
			id: "O", code: "O", words: "outside the scope of VAT", rate: rateAbsent, exempt: true, who: "no VAT id of the seller, its representative or the buyer",
			identified: func(b *book) bool { return !b.sellerVAT() && !b.party("BG-7", "BT-31") },
		},
		{id: "AF", code: "L", words: "IGIC", several: true, rate: rateAny, identified: taxable, who: registered, within: true},
		{id: "AG", code: "M", words: "IPSI", several: true, rate: rateAny, identified: taxable, who: registered, within: true},
	}
}

// party reports whether a party has a term.
func (b *book) party(group, term string) bool {
	return slices.ContainsFunc(b.all(b.root, group), func(p *node) bool { return b.has(p, term) })
}

func (b *book) sellerVAT() bool { return b.party("BG-4", "BT-31") || b.party("BG-11", "BT-31") }

func (b *book) sellerTaxable() bool { return b.sellerVAT() || b.party("BG-4", "BT-32") }

// of returns the elements of a group that are of a category, by the term that has
// the category of that group.
func (b *book) of(group, term, code string) []*node {
	var found []*node
	for _, n := range b.all(b.root, group) {
		if b.text(n, term) == code {
			found = append(found, n)
		}
	}
	return found
}

// concerns reports whether a rule says anything of the document: one of a VAT
// category does where something is of that category.
func (b *book) concerns(id string) bool {
	name := strings.Split(id, "-")[1]
	i := slices.IndexFunc(categories(), func(c category) bool { return c.id == name })
	if i < 0 {
		return true
	}
	code := categories()[i].code
	return len(b.of("BG-23", "BT-118", code))+len(b.of("BG-25", "BT-151", code))+len(b.of("BG-20", "BT-95", code))+len(b.of("BG-21", "BT-95", code)) > 0
}

// categoryRules makes the rules of every category, and those that some have besides.
func categoryRules() []rule {
	var list []rule
	for _, c := range categories() {
		list = append(list, c.rules()...)
	}
	return append(list, intraCommunityRules()...)
}

func (c category) rules() []rule {
	sides := []struct{ number, group, term, rate, words string }{
		{"2", "BG-25", "BT-151", "BT-152", "line"}, {"3", "BG-20", "BT-95", "BT-96", "document allowance"}, {"4", "BG-21", "BT-95", "BT-96", "document charge"},
	}
	list := []rule{{"BR-" + c.id + "-01", "", "a VAT breakdown that fits the items that are " + c.words, c.brokenDown}}
	for _, s := range sides {
		list = append(list, rule{"BR-" + c.id + "-0" + s.number, "", c.who + ", where a " + s.words + " is " + c.words, func(b *book, _ *node) bool {
			return len(b.of(s.group, s.term, c.code)) == 0 || c.identified(b)
		}})
	}
	for i, s := range sides {
		list = append(list, rule{"BR-" + c.id + "-0" + string(rune('5'+i)), "", c.rateDemand() + " of a " + s.words + " that is " + c.words, func(b *book, _ *node) bool {
			return !slices.ContainsFunc(b.of(s.group, s.term, c.code), func(n *node) bool { return !c.rateFits(b, n, s.rate) })
		}})
	}
	return append(list,
		rule{"BR-" + c.id + "-08", "", "a taxable amount that is the sum of what is " + c.words, c.basisAddsUp},
		rule{"BR-" + c.id + "-09", "", "a tax amount that fits what is " + c.words, c.taxFits},
		rule{"BR-" + c.id + "-10", "", c.reasonDemand(), c.reasoned})
}

func (c category) rateDemand() string {
	switch c.rate {
	case ratePositive:
		return "a VAT rate above zero"
	case rateAny:
		return "a rate of zero or more"
	case rateAbsent:
		return "no VAT rate"
	}
	return "a VAT rate of zero"
}

func (c category) reasonDemand() string {
	if c.exempt {
		return "a reason for which no VAT is due (BT-120, BT-121) on what is " + c.words
	}
	return "no reason for exemption (BT-120, BT-121) on what is " + c.words
}

// brokenDown: the breakdown has the category where the items have it, and not
// otherwise; once, unless it has several rates.
func (c category) brokenDown(b *book, _ *node) bool {
	items := len(b.of("BG-25", "BT-151", c.code)) + len(b.of("BG-20", "BT-95", c.code)) + len(b.of("BG-21", "BT-95", c.code))
	parts := len(b.of("BG-23", "BT-118", c.code))
	if items == 0 {
		return parts == 0
	}
	return parts == 1 || c.several && parts > 0
}

func (c category) rateFits(b *book, n *node, term string) bool {
	if c.rate == rateAbsent {
		return !b.has(n, term)
	}
	rate, ok := b.number(n, term)
	switch {
	case !ok:
		return false
	case c.rate == ratePositive:
		return rate.Cmp(decimal.Zero) > 0
	case c.rate == rateAny:
		return rate.Cmp(decimal.Zero) >= 0
	}
	return rate.IsZero()
}

// basisAddsUp compares each taxable amount with the items of its category and rate.
func (c category) basisAddsUp(b *book, _ *node) bool {
	for _, part := range b.of("BG-23", "BT-118", c.code) {
		stated, ok := b.number(part, "BT-116")
		if !ok {
			return false
		}
		rate, rated := b.number(part, "BT-119")
		items := func(group, term, rateTerm string) []*node {
			return slices.DeleteFunc(b.of(group, term, c.code), func(n *node) bool {
				r, ok := b.number(n, rateTerm)
				return c.several && (!rated || !ok || r.Cmp(rate) != 0)
			})
		}
		lines, allowances, charges := items("BG-25", "BT-151", "BT-152"), items("BG-20", "BT-95", "BT-96"), items("BG-21", "BT-95", "BT-96")
		if len(lines)+len(allowances)+len(charges) == 0 {
			return false
		}
		sum := plusDecimal(plusDecimal(b.sum(lines, "BT-131"), b.sum(allowances, "BT-92").Neg()), b.sum(charges, "BT-92"))
		if !equals(stated, sum) && !(c.within && near(stated, sum)) {
			return false
		}
	}
	return true
}

func (c category) taxFits(b *book, _ *node) bool {
	for _, part := range b.of("BG-23", "BT-118", c.code) {
		tax, ok := b.number(part, "BT-117")
		if !ok {
			return false
		}
		if !c.several {
			if !tax.IsZero() {
				return false
			}
			continue
		}
		rate, ok1 := b.number(part, "BT-119")
		basis, ok2 := b.number(part, "BT-116")
		computed, err := percentOf(basis.Abs(), rate, 2)
		if !ok1 || !ok2 || err != nil || !near(tax.Abs(), computed) {
			return false
		}
	}
	return true
}

func (c category) reasoned(b *book, _ *node) bool {
	for _, part := range b.of("BG-23", "BT-118", c.code) {
		if (b.has(part, "BT-120") || b.has(part, "BT-121")) != c.exempt {
			return false
		}
	}
	return true
}

// intraCommunityRules are those of supplies within the Union and outside VAT that the
// other categories do not have.
func intraCommunityRules() []rule {
	supplied := func(b *book) bool { return len(b.of("BG-23", "BT-118", "K")) > 0 }
	alone := func(id, group, term, words string) rule {
		return rule{id, "", "no " + words + " of another VAT category beside one outside VAT", func(b *book, _ *node) bool {
			return len(b.of("BG-23", "BT-118", "O")) == 0 || len(b.of(group, term, "O")) == len(b.all(b.root, group))
		}}
	}
	return []rule{
		{"BR-IC-11", "", "a delivery date (BT-72) or a period (BG-14) of an intra-community supply", func(b *book, n *node) bool {
			return !supplied(b) || b.has(n, "BT-72") || slices.ContainsFunc(b.all(n, "BG-14"), func(p *node) bool { return b.has(p, "BT-73") || b.has(p, "BT-74") })
		}},
		{"BR-IC-12", "", "the country of delivery (BT-80) of an intra-community supply", func(b *book, n *node) bool {
			return !supplied(b) || slices.ContainsFunc(b.all(n, "BG-15"), func(a *node) bool { return b.filled(a, "BT-40") })
		}},
		alone("BR-O-11", "BG-23", "BT-118", "VAT breakdown"),
		alone("BR-O-12", "BG-25", "BT-151", "line"),
		alone("BR-O-13", "BG-20", "BT-95", "document allowance"),
		alone("BR-O-14", "BG-21", "BT-95", "document charge"),
	}
}
