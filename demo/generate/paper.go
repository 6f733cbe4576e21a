package main

import (
	"fmt"
	"strings"

	"github.com/enrichd/enrichd/record"
)

// A4, in points.
const (
	paperWidth  = 595
	paperHeight = 842
)

// text is one piece of text on a paper; lengths are points from the top left.
type text struct {
	x, y  float64 // of its base line; the end of it where it is right-aligned
	size  float64
	bold  bool
	right bool
	words string
}

// rule is a thin line from left to right.
type rule struct{ x0, x1, y float64 }

// paper is one page.
type paper struct {
	texts []text
	rules []rule
}

func (p *paper) put(x, y, size float64, words string) {
	p.texts = append(p.texts, text{x: x, y: y, size: size, words: words})
}

func (p *paper) title(x, y, size float64, words string) {
	p.texts = append(p.texts, text{x: x, y: y, size: size, bold: true, words: words})
}

func (p *paper) number(x, y float64, bold bool, words string) {
	p.texts = append(p.texts, text{x: x, y: y, size: 10, bold: bold, right: true, words: words})
}

// paper lays the invoice out as a French company would.
func (i invoice) paper() paper {
	p := paper{}
	p.title(56, 70, 17, i.Seller.Name)
	p.put(56, 88, 9, fmt.Sprintf("%s, %s %s", i.Seller.Street, i.Seller.PostalCode, i.Seller.City))
	p.put(56, 101, 9, "N° TVA : "+i.Seller.VATID)
	p.put(340, 134, 9, "Facturé à :")
	p.title(340, 150, 10, i.Buyer.Name)
	p.put(340, 164, 10, i.Buyer.Street)
	p.put(340, 178, 10, i.Buyer.PostalCode+" "+i.Buyer.City)
	p.put(340, 192, 10, "N° TVA : "+i.Buyer.VATID)
	p.title(56, 240, 20, "Facture "+i.Number)
	p.put(56, 264, 10, "Date de facture : "+french(i.Issued))
	p.put(56, 280, 10, "Date d'échéance : "+french(i.Due))
	i.table(&p)
	p.put(56, 690, 10, "Règlement par virement à 30 jours.")
	p.put(56, 708, 10, "IBAN : "+record.FormatIBAN(i.IBAN))
	p.put(56, 724, 10, "BIC : "+i.BIC)
	p.put(56, 790, 8, i.Seller.Name+", société fictive. Cette facture est une démonstration.")
	return p
}

func (i invoice) table(p *paper) {
	const name, quantity, price, total = 56, 350, 440, 539
	y := 330.0
	p.title(name, y, 10, "Désignation")
	p.number(quantity, y, true, "Quantité")
	p.number(price, y, true, "Prix HT")
	p.number(total, y, true, "Montant HT")
	p.rules = append(p.rules, rule{name, total, y + 7})
	for _, l := range i.Lines {
		y += 24
		p.put(name, y, 10, l.Name)
		p.number(quantity, y, false, comma(l.Quantity))
		p.number(price, y, false, comma(l.Price))
		p.number(total, y, false, comma(l.Total))
	}
	p.rules = append(p.rules, rule{name, total, y + 10})
	for n, sum := range []struct{ label, amount string }{{"Total HT", i.Net}, {"TVA à " + comma(i.Rate) + " %", i.Tax}, {"Total TTC", i.Gross}} {
		at := y + 34 + 20*float64(n)
		p.texts = append(p.texts, text{x: 380, y: at, size: 10, bold: n == 2, words: sum.label})
		p.number(total, at, n == 2, comma(sum.amount)+" €")
	}
}

// comma writes a decimal as in France, with a space between thousands.
func comma(s string) string {
	whole, cents, has := strings.Cut(s, ".")
	if len(whole) > 3 {
		whole = whole[:len(whole)-3] + " " + whole[len(whole)-3:]
	}
	if has {
		return whole + "," + cents
	}
	return whole
}

// french writes a date as in France.
func french(date string) string { return date[8:] + "/" + date[5:7] + "/" + date[:4] }
