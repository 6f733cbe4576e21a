package einvoice

import (
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// sumRules are the arithmetic of the totals (BR-CO-10 to BR-CO-17).
func sumRules() []rule {
	return []rule{
		{"BR-CO-10", "BG-22", "the sum of the line net amounts (BT-106) is the sum of BT-131", linesAddUp},
		{"BR-CO-11", "BG-22", "the sum of allowances (BT-107) is the sum of BT-92", partsAddUp("BT-107", "BG-20")},
		{"BR-CO-12", "BG-22", "the sum of charges (BT-108) is the sum of BT-99", partsAddUp("BT-108", "BG-21")},
		{"BR-CO-13", "BG-22", "the total without VAT (BT-109) is BT-106 less BT-107 plus BT-108", netAddsUp},
		{"BR-CO-14", "", "the VAT total (BT-110) is the sum of BT-117", taxAddsUp},
		{"BR-CO-15", "", "the total with VAT (BT-112) is BT-109 plus BT-110", grossAddsUp},
		{"BR-CO-16", "BG-22", "the amount due (BT-115) is BT-112 less BT-113 plus BT-114", dueAddsUp},
		{"BR-CO-17", "BG-23", "the tax of a category (BT-117) is BT-116 times BT-119", taxIsRateOfBasis},
	}
}

func linesAddUp(b *book, totals *node) bool {
	stated, ok := b.number(totals, "BT-106")
	return ok && equals(stated, b.sum(b.all(b.root, "BG-25"), "BT-131"))
}

func partsAddUp(total, group string) func(*book, *node) bool {
	return func(b *book, totals *node) bool {
		parts := b.all(b.root, group)
		if !b.has(totals, total) {
			return len(parts) == 0
		}
		stated, ok := b.number(totals, total)
		return ok && equals(stated, b.sum(parts, "BT-92"))
	}
}

func netAddsUp(b *book, totals *node) bool {
	stated, ok := b.number(totals, "BT-109")
	here := []*node{totals}
	sum := plusDecimal(plusDecimal(b.sum(here, "BT-106"), b.sum(here, "BT-107").Neg()), b.sum(here, "BT-108"))
	return ok && equals(stated, sum)
}

// taxAddsUp compares each VAT total that has a breakdown with it. CII has one
// breakdown, which belongs to the total in the currency of the invoice.
func taxAddsUp(b *book, root *node) bool {
	if b.cii {
		stated, ok := b.taxIn(b.text(root, "BT-5"))
		return !ok || equals(stated, b.sum(b.all(root, "BG-23"), "BT-117"))
	}
	for _, total := range b.all(root, "tax total") {
		parts := total.all("cac:TaxSubtotal")
		stated, ok := b.number(total, "BT-117")
		if len(parts) > 0 && !(ok && equals(stated, b.sum(parts, "BT-117"))) {
			return false
		}
	}
	return true
}

// taxIn is the one VAT total in a currency; false where there is none or several.
func (b *book) taxIn(currency string) (decimal.Decimal, bool) {
	var found []*node
	for _, n := range b.all(b.root, "BT-110") {
		if n.attr("currencyID") == currency {
			found = append(found, n)
		}
	}
	if len(found) != 1 {
		return decimal.Zero, false
	}
	return numberOf(found[0])
}

func grossAddsUp(b *book, root *node) bool {
	currency := b.text(root, "BT-5")
	if currency == "" {
		return true
	}
	for _, totals := range b.all(root, "BG-22") {
		net, _ := b.number(totals, "BT-109")
		gross, ok := b.number(totals, "BT-112")
		tax, taxed := b.taxIn(currency)
		if b.cii && !b.has(root, "BT-110") {
			tax, taxed = decimal.Zero, true
		}
		if !ok || !taxed || !equals(gross, plusDecimal(net, tax)) {
			return false
		}
	}
	_, taxed := b.taxIn(currency)
	return taxed || b.has(root, "BG-22")
}

func dueAddsUp(b *book, totals *node) bool {
	stated, ok := b.number(totals, "BT-115")
	here := []*node{totals}
	sum := plusDecimal(plusDecimal(b.sum(here, "BT-112"), b.sum(here, "BT-113").Neg()), b.sum(here, "BT-114"))
	return ok && equals(stated, sum)
}

// taxIsRateOfBasis allows a difference of less than one, as the standard's own
// artefacts do: VAT may have been computed line by line.
func taxIsRateOfBasis(b *book, part *node) bool {
	tax, ok := b.number(part, "BT-117")
	if !ok {
		return false
	}
	rate, rated := b.number(part, "BT-119")
	if whole, err := roundHalfUp(rate, 0); !rated || err == nil && whole.IsZero() {
		none, err := roundHalfUp(tax, 0)
		return err == nil && none.IsZero()
	}
	basis, ok := b.number(part, "BT-116")
	computed, err := percentOf(basis.Abs(), rate, 2)
	return ok && err == nil && near(tax.Abs(), computed)
}

// conditionRules are the other rules on several terms at once (BR-CO-03 to BR-CO-26).
func conditionRules() []rule {
	reason := func(id, group, demand string) rule {
		return rule{id, group, demand, func(b *book, n *node) bool { return b.has(n, "BT-97") || b.has(n, "BT-98") }}
	}
	return []rule{
		{"BR-CO-03", "", "a date of the tax point (BT-7) or its code (BT-8), not both", func(b *book, n *node) bool { return !b.has(n, "BT-7") || !b.has(n, "BT-8") }},
		{"BR-CO-04", "BG-25", "the VAT category of a line (BT-151)", func(b *book, n *node) bool { return b.has(n, "BT-151") }},
		{"BR-CO-09", "", "VAT ids with the letters of their country", vatIDsPrefixed},
		{"BR-CO-18", "", "at least one VAT category (BG-23)", func(b *book, n *node) bool { return b.has(n, "BG-23") }},
		{"BR-CO-19", "BG-14", "the start or the end of the period (BT-73, BT-74)", func(b *book, n *node) bool {
			return b.has(n, "BT-73") || b.has(n, "BT-74") || len(n.all("cbc:DescriptionCode")) > 0
		}},
		{"BR-CO-20", "BG-26", "the start or the end of a line's period (BT-134, BT-135)", func(b *book, n *node) bool { return b.has(n, "BT-73") || b.has(n, "BT-74") }},
		reason("BR-CO-21", "BG-20", "a reason for a document allowance, as text or code"),
		reason("BR-CO-22", "BG-21", "a reason for a document charge, as text or code"),
		reason("BR-CO-23", "BG-27", "a reason for a line allowance, as text or code"),
		reason("BR-CO-24", "BG-28", "a reason for a line charge, as text or code"),
		{"BR-CO-25", "BG-22", "a due date (BT-9) or payment terms (BT-20) where an amount is due", func(b *book, n *node) bool {
			due, ok := b.number(n, "BT-115")
			// A credit note of UBL is not asked: it has no due date of its own.
			return b.root.name == "ubl:CreditNote" || !ok || due.Cmp(decimal.Zero) <= 0 || b.has(b.root, "BT-9") || b.has(b.root, "BT-20")
		}},
		{"BR-CO-26", "seller", "an identifier, a registration or a VAT id of the seller (BT-29, BT-30, BT-31)", func(b *book, _ *node) bool {
			return slices.ContainsFunc(b.all(b.root, "BG-4"), func(p *node) bool { return b.has(p, "BT-29") || b.has(p, "BT-30") || b.has(p, "BT-31") })
		}},
	}
}

// vatIDsPrefixed: Greece writes EL and Northern Ireland XI.
func vatIDsPrefixed(b *book, root *node) bool {
	for _, party := range []string{"BG-4", "BG-7", "BG-11", "BG-10"} {
		for _, p := range b.all(root, party) {
			for _, id := range b.all(p, "BT-31") {
				prefix := text(id)
				prefix = strings.ToUpper(prefix[:min(2, len(prefix))])
				if prefix != "EL" && !b.lists["iso3166"][prefix] {
					return false
				}
			}
		}
	}
	return true
}
