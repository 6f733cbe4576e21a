package einvoice

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	maxWarnings = 100
	maxLines    = 20_000
	maxEntries  = 1_000
	maxLabel    = 1_000  // characters of an identifier, name or code
	maxProse    = 20_000 // characters of a note or description
)

// reader fills an Invoice from the tree and collects what it stumbles over.
type reader struct {
	inv  *Invoice
	err  *Error // the first reason to refuse the document
	body int    // which of several invoices of a file, from 0
}

func (r *reader) fail(n *node, code, format string, args ...any) {
	if r.err == nil {
		r.err = &Error{Code: code, Message: fmt.Sprintf(format, args...), Path: n.path(), Line: int(n.line)}
	}
}

func (r *reader) warn(w Warning) {
	if len(r.inv.Warnings) < maxWarnings {
		r.inv.Warnings = append(r.inv.Warnings, w)
	}
}

func (r *reader) warnAt(n *node, code, format string, args ...any) {
	r.warn(Warning{Code: code, Message: fmt.Sprintf(format, args...), Path: n.path(), Line: int(n.line)})
}

// one returns the element at the end of path, nil if there is none. Where the
// standard allows one and the document has several, it takes the first and says so.
func (r *reader) one(n *node, path string) *node {
	found := n.all(path)
	if len(found) == 0 {
		return nil
	}
	if len(found) > 1 {
		r.warnAt(found[1], WarnRepeated, "This element should occur once; the first of %d was taken.", len(found))
	}
	return found[0]
}

// first returns the first element at the end of path that holds text; the
// standard allows several there.
func first(n *node, path string) *node {
	for _, c := range n.all(path) {
		if strings.TrimSpace(c.text) != "" {
			return c
		}
	}
	return nil
}

// many returns the elements at the end of path, and refuses a document with
// more of them than any invoice has.
func (r *reader) many(n *node, path string, most int) []*node {
	found := n.all(path)
	if len(found) > most {
		r.fail(found[most], CodeTooManyEntries, "The invoice has more than %d entries of this kind.", most)
		return nil
	}
	return found
}

// label reads an identifier, a name or a code: one line of text.
func (r *reader) label(n *node) Text {
	if n == nil {
		return Text{}
	}
	return r.bounded(n, strings.Join(strings.Fields(n.text), " "), maxLabel)
}

// prose reads free text and keeps its line breaks.
func (r *reader) prose(n *node) Text {
	if n == nil {
		return Text{}
	}
	return r.bounded(n, strings.TrimSpace(n.text), maxProse)
}

func (r *reader) bounded(n *node, value string, most int) Text {
	if value == "" {
		return Text{}
	}
	if utf8.RuneCountInString(value) > most {
		r.warnAt(n, WarnTooLong, "The text has more than %d characters and was left out.", most)
		return Text{}
	}
	return Text{Value: value, Path: n.path()}
}

// notes reads free texts.
func (r *reader) notes(found []*node) []Text {
	var notes []Text
	for _, n := range found {
		if t := r.prose(n); !t.Absent() {
			notes = append(notes, t)
		}
	}
	return notes
}

// attribute reads an attribute of n.
func (r *reader) attribute(n *node, name string) Text {
	value := n.attr(name)
	if value == "" {
		return Text{}
	}
	t := r.bounded(n, value, maxLabel)
	if !t.Absent() {
		t.Path += "/@" + name
	}
	return t
}

// number reads an amount, a quantity or a rate outside the totals.
func (r *reader) number(n *node) Text {
	if n == nil || strings.TrimSpace(n.text) == "" {
		return Text{}
	}
	value, ok := canonicalNumber(strings.TrimSpace(n.text))
	if !ok {
		r.warnAt(n, WarnUnreadable, "%s is not a plain decimal number and was left out.", quoted(n.text))
		return Text{}
	}
	return Text{Value: value, Path: n.path()}
}

// total reads one of the totals. One that is unreadable refuses the document.
func (r *reader) total(n *node) Text {
	if n == nil || strings.TrimSpace(n.text) == "" {
		return Text{}
	}
	value, ok := canonicalNumber(strings.TrimSpace(n.text))
	if !ok {
		r.fail(n, CodeUnreadableTotal, "A total of the invoice is %s, which is not a plain decimal number.", quoted(n.text))
		return Text{}
	}
	return Text{Value: value, Path: n.path()}
}

// currency reads a currency code.
func (r *reader) currency(n *node) Text {
	t := r.label(n)
	if t.Absent() || isCurrency(t.Value) {
		return t
	}
	r.warnAt(n, WarnUnreadable, "%s is not a currency code of three capital letters and was left out.", quoted(t.Value))
	return Text{}
}

// day wraps the reading of a date, which each syntax writes its own way.
func (r *reader) day(n *node, read func(string) (string, bool)) Text {
	if n == nil || strings.TrimSpace(n.text) == "" {
		return Text{}
	}
	value, ok := read(strings.TrimSpace(n.text))
	if !ok {
		r.warnAt(n, WarnUnreadable, "%s is not a date and was left out.", quoted(n.text))
		return Text{}
	}
	return Text{Value: value, Path: n.path()}
}

// sameCurrency picks, of amounts given in several currencies, the one of the
// invoice. An amount without a currency is in that of the invoice.
func (r *reader) sameCurrency(found []*node) *node {
	var fitting []*node
	for _, n := range found {
		if c := n.attr("currencyID"); c == "" || c == r.inv.Currency.Value {
			fitting = append(fitting, n)
		}
	}
	switch {
	case len(fitting) > 1:
		r.warnAt(fitting[1], WarnRepeated, "This amount should occur once in each currency; the first was taken.")
		return fitting[0]
	case len(fitting) == 1:
		return fitting[0]
	case len(found) == 0:
		return nil
	}
	return r.foreign(found[0])
}

// foreign takes an amount of which the document has no other currency. One in
// the accounting currency is another total and is not taken.
func (r *reader) foreign(n *node) *node {
	currency := n.attr("currencyID")
	if currency == r.inv.TaxCurrency.Value {
		return nil
	}
	if !r.inv.Currency.Absent() {
		r.warnAt(n, WarnCurrency, "This amount is in %s, but the invoice is in %s.", quoted(currency), r.inv.Currency.Value)
	}
	return n
}

// accounting picks the amount in the accounting currency, if that is another.
func (r *reader) accounting(found []*node) *node {
	if r.inv.TaxCurrency.Absent() || r.inv.TaxCurrency.Value == r.inv.Currency.Value {
		return nil
	}
	for _, n := range found {
		if n.attr("currencyID") == r.inv.TaxCurrency.Value {
			return n
		}
	}
	return nil
}
