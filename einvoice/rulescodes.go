package einvoice

import (
	_ "embed"
	"slices"
	"strings"
)

// codeListText holds the code lists, one or more lines each.
//
//go:embed codelists.txt
var codeListText string

// codeLists reads the code lists by their names.
func codeLists() map[string]map[string]bool {
	lists := map[string]map[string]bool{}
	for line := range strings.SplitSeq(codeListText, "\n") {
		name, codes, ok := strings.Cut(line, ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if lists[name] == nil {
			lists[name] = map[string]bool{}
		}
		for _, code := range strings.Fields(codes) {
			lists[name][code] = true
		}
	}
	return lists
}

// decimalRules ask for amounts of at most two decimals (BR-DEC-01 to BR-DEC-28).
func decimalRules() []rule {
	short := func(number, group, term, words string) rule {
		return rule{"BR-DEC-" + number, group, "at most two decimals in " + words, func(b *book, n *node) bool {
			return !slices.ContainsFunc(b.all(n, term), longFraction)
		}}
	}
	taxes := func(number, currency, words string) rule {
		return rule{"BR-DEC-" + number, "", "at most two decimals in " + words, func(b *book, n *node) bool {
			return !slices.ContainsFunc(b.all(n, "BT-110"), func(t *node) bool { return t.attr("currencyID") == b.text(n, currency) && longFraction(t) })
		}}
	}
	return []rule{
		short("01", "BG-20", "BT-92", "the amount of a document allowance (BT-92)"),
		short("02", "BG-20", "BT-93", "the base of a document allowance (BT-93)"),
		short("05", "BG-21", "BT-92", "the amount of a document charge (BT-99)"),
		short("06", "BG-21", "BT-93", "the base of a document charge (BT-100)"),
		short("09", "BG-22", "BT-106", "the sum of the line net amounts (BT-106)"),
		short("10", "BG-22", "BT-107", "the sum of allowances (BT-107)"),
		short("11", "BG-22", "BT-108", "the sum of charges (BT-108)"),
		short("12", "BG-22", "BT-109", "the total without VAT (BT-109)"),
		taxes("13", "BT-5", "the VAT total (BT-110)"),
		short("14", "BG-22", "BT-112", "the total with VAT (BT-112)"),
		taxes("15", "BT-6", "the VAT total in the accounting currency (BT-111)"),
		short("16", "BG-22", "BT-113", "the amount paid (BT-113)"),
		short("17", "BG-22", "BT-114", "the rounding amount (BT-114)"),
		short("18", "BG-22", "BT-115", "the amount due (BT-115)"),
		short("19", "BG-23", "BT-116", "a taxable amount (BT-116)"),
		short("20", "BG-23", "BT-117", "a tax amount (BT-117)"),
		short("23", "BG-25", "BT-131", "a line net amount (BT-131)"),
		short("24", "BG-27", "BT-92", "the amount of a line allowance (BT-136)"),
		short("25", "BG-27", "BT-93", "the base of a line allowance (BT-137)"),
		short("27", "BG-28", "BT-92", "the amount of a line charge (BT-141)"),
		short("28", "BG-28", "BT-93", "the base of a line charge (BT-142)"),
	}
}

func longFraction(n *node) bool {
	_, fraction, _ := strings.Cut(text(n), ".")
	return len(fraction) > 2
}

// codeRules ask that codes stand in their lists (BR-CL-01 to BR-CL-26).
func codeRules() []rule {
	listed := func(number, group, term, list, words string) rule {
		return rule{"BR-CL-" + number, group, words + " of its code list", func(b *book, n *node) bool {
			return !slices.ContainsFunc(b.all(n, term), func(c *node) bool { return !b.lists[list][text(c)] })
		}}
	}
	scheme := func(number, group, term, attribute, list, words string) rule {
		return rule{"BR-CL-" + number, group, words + " of its code list", func(b *book, n *node) bool {
			return !slices.ContainsFunc(b.all(n, term), func(c *node) bool { s := c.attr(attribute); return s != "" && !b.lists[list][s] })
		}}
	}
	return []rule{
		{"BR-CL-01", "", "a type code of its code list", typeListed},
		{"BR-CL-03", "", "currencies of their code list", currenciesListed},
		listed("04", "", "BT-5", "iso4217", "a currency"),
		listed("05", "", "BT-6", "iso4217", "an accounting currency"),
		{"BR-CL-06", "", "a code of the tax point of its code list", taxPointListed},
		scheme("07", "", "BT-18", "schemeID", "untdid1153", "a scheme of the invoiced object"),
		listed("08", "", "BT-21", "untdid4451", "a subject of a note"),
		{"BR-CL-10", "", "schemes of the parties' identifiers of their code list", partySchemes("BT-29", "iso6523", "SEPA")},
		{"BR-CL-11", "", "schemes of the parties' registrations of their code list", partySchemes("BT-30", "iso6523", "")},
		scheme("13", "BG-25", "BT-158", "listID", "untdid7143", "a scheme of a classification"),
		{"BR-CL-14", "", "countries of their code list", countriesListed},
		listed("15", "BG-25", "BT-159", "iso3166", "a country of origin"),
		listed("16", "BG-16", "BT-81", "untdid4461", "a payment means"),
		listed("17", "BG-23", "BT-118", "untdid5305", "a VAT category"),
		listed("18", "BG-25", "BT-151", "untdid5305", "a line's VAT category"),
		listed("19", "BG-20", "BT-98", "untdid5189", "a reason of an allowance"),
		listed("20", "BG-21", "BT-98", "untdid7161", "a reason of a charge"),
		scheme("21", "BG-25", "BT-157", "schemeID", "iso6523", "a scheme of an item's identifier"),
		{"BR-CL-22", "BG-23", "a code of exemption of its code list", func(b *book, n *node) bool {
			code := strings.ToUpper(b.text(n, "BT-121"))
			return code == "" || b.lists["vatex"][code]
		}},
		scheme("23", "BG-25", "BT-129", "unitCode", "rec20", "a unit"),
		scheme("24", "", "BT-125", "mimeCode", "mime", "a media type of an attachment"),
		{"BR-CL-25", "", "schemes of electronic addresses of their code list", partySchemes("BT-34", "eas", "")},
		scheme("26", "", "BT-71", "schemeID", "iso6523", "a scheme of the place of delivery"),
	}
}

// typeListed: a credit note has codes of its own in UBL, and an invoice none of them.
func typeListed(b *book, root *node) bool {
	code := b.text(root, "BT-3")
	if code == "" || b.cii {
		return code == "" || b.lists["untdid1001"][code]
	}
	if len(root.all("cbc:CreditNoteTypeCode")) > 0 {
		return slices.Contains([]string{"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"}, code)
	}
	return b.lists["untdid1001"][code] && !slices.Contains([]string{"81", "83", "381", "396", "532"}, code)
}

// currenciesListed looks at every amount of the totals and the lines.
func currenciesListed(b *book, root *node) bool {
	ok := true
	root.walk(func(n *node) {
		if c := n.attr("currencyID"); c != "" && !b.lists["iso4217"][c] {
			ok = false
		}
	})
	return ok
}

func taxPointListed(b *book, root *node) bool {
	known := []string{"3", "35", "432"}
	if b.cii {
		known = []string{"5", "29", "72"}
	}
	return !slices.ContainsFunc(b.all(root, "BT-8"), func(n *node) bool { return !slices.Contains(known, text(n)) })
}

// partySchemes looks at the identifiers of all parties; besides is a scheme that
// the list lacks and UBL has.
func partySchemes(term, list, besides string) func(*book, *node) bool {
	return func(b *book, root *node) bool {
		for _, party := range []string{"BG-4", "BG-7", "BG-10"} {
			for _, p := range b.all(root, party) {
				for _, n := range b.all(p, term) {
					if s := n.attr("schemeID"); s != "" && s != besides && !b.lists[list][s] {
						return false
					}
				}
			}
		}
		return true
	}
}

func countriesListed(b *book, root *node) bool {
	for _, group := range []string{"BG-5", "BG-8", "BG-12", "BG-15"} {
		for _, address := range b.all(root, group) {
			for _, n := range b.all(address, "BT-40") {
				if !b.lists["iso3166"][text(n)] {
					return false
				}
			}
		}
	}
	return true
}

// walk visits the element and all below it; the depth of a tree is bounded.
func (n *node) walk(visit func(*node)) {
	visit(n)
	for c := n.first; c != nil; c = c.next {
		c.walk(visit)
	}
}
