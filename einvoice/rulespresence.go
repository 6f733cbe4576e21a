package einvoice

import (
	"slices"

	"github.com/govalues/decimal"
)

// presenceRules ask for what every invoice must have (BR-01 to BR-16).
func presenceRules() []rule {
	filled := func(id, group, term, demand string) rule {
		return rule{id, group, demand, func(b *book, n *node) bool { return b.filled(n, term) }}
	}
	there := func(id, group, term, demand string) rule {
		return rule{id, group, demand, func(b *book, n *node) bool { return b.has(n, term) }}
	}
	named := func(id, party, demand string) rule {
		return rule{id, "", demand, func(b *book, n *node) bool {
			return slices.ContainsFunc(b.all(n, party), func(p *node) bool { return b.filled(p, "BT-27") })
		}}
	}
	return []rule{
		filled("BR-01", "", "BT-24", "a specification identifier (BT-24)"),
		filled("BR-02", "", "BT-1", "an invoice number (BT-1)"),
		filled("BR-03", "", "BT-2", "an issue date (BT-2)"),
		filled("BR-04", "", "BT-3", "a type code (BT-3)"),
		filled("BR-05", "", "BT-5", "a currency (BT-5)"),
		named("BR-06", "BG-4", "the seller's name (BT-27)"),
		named("BR-07", "BG-7", "the buyer's name (BT-44)"),
		there("BR-08", "", "BG-5", "the seller's postal address (BG-5)"),
		filled("BR-09", "BG-5", "BT-40", "the country of the seller's address (BT-40)"),
		there("BR-10", "", "BG-8", "the buyer's postal address (BG-8)"),
		filled("BR-11", "BG-8", "BT-40", "the country of the buyer's address (BT-55)"),
		there("BR-12", "BG-22", "BT-106", "the sum of the line net amounts (BT-106)"),
		there("BR-13", "BG-22", "BT-109", "the total without VAT (BT-109)"),
		there("BR-14", "BG-22", "BT-112", "the total with VAT (BT-112)"),
		there("BR-15", "BG-22", "BT-115", "the amount due (BT-115)"),
		there("BR-16", "", "BG-25", "at least one line (BG-25)"),
		{"BR-17", "BG-10", "a payee's name (BT-59) that is not the seller's", payeeDiffers},
		filled("BR-18", "BG-11", "BT-59", "the tax representative's name (BT-62)"),
		there("BR-19", "BG-11", "address", "the tax representative's postal address (BG-12)"),
		filled("BR-20", "BG-12", "BT-40", "the country of the tax representative's address (BT-69)"),
		filled("BR-21", "BG-25", "BT-126", "a line identifier (BT-126)"),
		there("BR-22", "BG-25", "BT-129", "an invoiced quantity (BT-129)"),
		{"BR-23", "BG-25", "a unit of the invoiced quantity (BT-130)", withAttribute("BT-129", "unitCode")},
		there("BR-24", "BG-25", "BT-131", "a line net amount (BT-131)"),
		filled("BR-25", "BG-25", "BT-153", "an item name (BT-153)"),
		there("BR-26", "BG-25", "BT-146", "an item net price (BT-146)"),
		{"BR-27", "BG-25", "an item net price that is not negative", notNegative("BT-146")},
		{"BR-28", "BG-25", "an item gross price that is not negative", notNegative("BT-148")},
		{"BR-29", "BG-14", "a period that does not end before it starts", periodInOrder},
		{"BR-30", "BG-26", "a line period that does not end before it starts", periodInOrder},
	}
}

// payeeDiffers: a payee is named only where another one than the seller is paid.
func payeeDiffers(b *book, payee *node) bool {
	if !b.has(payee, "BT-59") {
		return false
	}
	for _, seller := range b.all(b.root, "BG-4") {
		name := b.text(seller, "BT-59")
		if name != "" && name == b.text(payee, "BT-59") {
			return false
		}
		id := b.text(seller, "BT-29")
		if id != "" && id == b.text(payee, "BT-29") {
			return false
		}
	}
	return true
}

func withAttribute(term, name string) func(*book, *node) bool {
	return func(b *book, n *node) bool {
		return slices.ContainsFunc(b.all(n, term), func(c *node) bool { return c.attr(name) != "" })
	}
}

func notNegative(term string) func(*book, *node) bool {
	return func(b *book, n *node) bool {
		d, ok := b.number(n, term)
		return !b.has(n, term) || ok && d.Cmp(decimal.Zero) >= 0
	}
}

// periodInOrder compares dates of one form, which sort as text.
func periodInOrder(b *book, period *node) bool {
	start, end := b.text(period, "BT-73"), b.text(period, "BT-74")
	return start == "" || end == "" || end >= start
}

// detailRules ask for the parts of what an invoice may have (BR-31 to BR-65).
func detailRules() []rule {
	there := func(id, group, term, demand string) rule {
		return rule{id, group, demand, func(b *book, n *node) bool { return b.has(n, term) }}
	}
	reason := func(id, group, demand string) rule {
		return rule{id, group, demand, func(b *book, n *node) bool { return b.has(n, "BT-97") || b.has(n, "BT-98") }}
	}
	return []rule{
		there("BR-31", "BG-20", "BT-92", "the amount of a document allowance (BT-92)"),
		there("BR-32", "BG-20", "BT-95", "the VAT category of a document allowance (BT-95)"),
		reason("BR-33", "BG-20", "a reason for a document allowance (BT-97 or BT-98)"),
		there("BR-36", "BG-21", "BT-92", "the amount of a document charge (BT-99)"),
		there("BR-37", "BG-21", "BT-95", "the VAT category of a document charge (BT-102)"),
		reason("BR-38", "BG-21", "a reason for a document charge (BT-104 or BT-105)"),
		there("BR-41", "BG-27", "BT-92", "the amount of a line allowance (BT-136)"),
		reason("BR-42", "BG-27", "a reason for a line allowance (BT-139 or BT-140)"),
		there("BR-43", "BG-28", "BT-92", "the amount of a line charge (BT-141)"),
		reason("BR-44", "BG-28", "a reason for a line charge (BT-144 or BT-145)"),
		there("BR-45", "BG-23", "BT-116", "the taxable amount of a VAT category (BT-116)"),
		there("BR-46", "BG-23", "BT-117", "the tax amount of a VAT category (BT-117)"),
		there("BR-47", "BG-23", "BT-118", "the code of a VAT category (BT-118)"),
		{"BR-48", "BG-23", "the rate of a VAT category (BT-119), unless it is outside VAT", func(b *book, n *node) bool { return b.has(n, "BT-119") || b.text(n, "BT-118") == "O" }},
		there("BR-49", "BG-16", "BT-81", "a payment means code (BT-81)"),
		{"BR-50", "BG-16", "the account of a credit transfer (BT-84)", accountNamed},
		{"BR-51", "BG-16", "no more than the last digits of a card's number (BT-87)", func(b *book, n *node) bool { return len(b.text(n, "BT-87")) <= 10 }},
		{"BR-52", "BG-24", "the reference of a supporting document (BT-122)", func(b *book, n *node) bool { return b.filled(n, "BT-122") }},
		{"BR-53", "", "the VAT total in the accounting currency (BT-111)", accountingTax},
		{"BR-54", "BG-32", "the name and the value of an item attribute (BT-160, BT-161)", func(b *book, n *node) bool { return b.has(n, "BT-160") && b.has(n, "BT-161") }},
		there("BR-55", "BG-3", "BT-25", "the number of a preceding invoice (BT-25)"),
		there("BR-56", "BG-11", "BT-31", "the tax representative's VAT id (BT-63)"),
		there("BR-57", "BG-15", "BT-40", "the country of the delivery address (BT-80)"),
		{"BR-61", "BG-16", "the account of a credit transfer (BT-84)", transferHasAccount},
		{"BR-62", "BG-4", "the scheme of the seller's electronic address (BT-34)", schemed("BT-34", "schemeID")},
		{"BR-63", "BG-7", "the scheme of the buyer's electronic address (BT-49)", schemed("BT-34", "schemeID")},
		{"BR-64", "BG-25", "the scheme of an item's standard identifier (BT-157)", schemed("BT-157", "schemeID")},
		{"BR-65", "BG-25", "the scheme of an item's classification (BT-158)", schemed("BT-158", "listID")},
	}
}

// accountNamed: an account that a credit transfer names has an identifier.
func accountNamed(b *book, means *node) bool {
	if !slices.Contains([]string{"30", "58"}, b.text(means, "BT-81")) {
		return true
	}
	return !slices.ContainsFunc(b.all(means, "BG-17"), func(account *node) bool { return !b.filled(account, "BT-84") })
}

func transferHasAccount(b *book, means *node) bool {
	if !slices.Contains([]string{"30", "58"}, b.text(means, "BT-81")) {
		return true
	}
	return slices.ContainsFunc(b.all(means, "BG-17"), func(account *node) bool { return b.has(account, "BT-84") })
}

func accountingTax(b *book, root *node) bool {
	currency := b.text(root, "BT-6")
	return currency == "" || slices.ContainsFunc(b.all(root, "BT-110"), func(n *node) bool { return n.attr("currencyID") == currency })
}

// schemed: what is identified says by which scheme.
func schemed(term, attribute string) func(*book, *node) bool {
	return func(b *book, n *node) bool {
		return !slices.ContainsFunc(b.all(n, term), func(c *node) bool { return c.attr(attribute) == "" })
	}
}
