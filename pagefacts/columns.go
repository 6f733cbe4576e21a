package pagefacts

import (
	"maps"
	"slices"
	"strings"
)

// column is what a column of a table of items holds.
type column string

const (
	describes column = "description"
	quantity  column = "quantity"
	unitPrice column = "price"
	lineSum   column = "total"
	taxRate   column = "rate"
)

// columnLabels are the headers of such tables, in the languages of the
// vocabulary.
var columnLabels = compileColumns(map[column]string{
	describes: "description|item|item description|product|article|details|service|particulars|title|product name|products|services|activity|task|beschreibung|bezeichnung|produkt|artikel|leistung|artikelbezeichnung|text|designation|désignation|libellé|prestation|nom & designation|code article, nom & designation|descrizione|descripción|concepto|omschrijving|nazwa|nazwa towaru|nazwa towaru lub usługi|descrição|leistungsbeschreibung|tekst|beskrivelse|vare|vare/ydelse|benämning|beskrivning|artigo|designação|concept|prodotto|articolo|omschrijving werkzaamheden|dienst|kuvaus|tuote|work|part|goods|locatie|produktbeskrivelse|description of goods|description of goods and services|description of services|prestations|naziv|opis|popis",
	quantity:  "qty|quantity|qnty|hours|units|hrs|menge|anzahl|stk|stück|std|stunden|qté|quantité|quantità|q.tà|cantidad|cant.|aantal|ilość|qty.|quantidade|antal|antall|uds|uds.|unidades|ud|qt|qtd|qtd.|quant|quant.|nbr|nb|anz|anz.|q.ty|menge/einheit|määrä|units/hrs|quantity (kwh)|nombre|jours|days|tage|aantal uren|uren|heures|ore|horas",
	unitPrice: "price|unit price|rate|unit cost|unit|cost|price each|u/p|einzelpreis|preis|nettopreis|vk-preis|e-preis|stückpreis|einheitspreis|preis/einh|einzel|prix|prix unitaire|p.u.|p.u. ht|pu ht|pu|prix unitaire ht|prezzo|prezzo unitario|precio|precio unitario|prijs|stukprijs|cena|cena netto|cena jednostkowa|rate/hr|preis/einheit|pris|enhedspris|stk. pris|stk.pris|à-pris|a-pris|apris|enhetspris|preço|preço unit.|preço unitário|p. unit.|p.unit.|einzel eur|tarif|tarief|prezzo unit.|unit price ex vat|price ex vat|e-preis eur|yksikköhinta|hinta|tarifa|prix unit.|prix unit. ht|stykpris",
	lineSum:   "total|amount|line total|net amount|gesamt|gesamtpreis|betrag|nettobetrag|zeilenbetrag|positionsbetrag|summe|total ht|montant|montant ht|prix total|totale|importo|importe|totaal|bedrag|wartość|wartość netto|gesamtbetrag|total price|ext price|line amount|net price|g-preis|total net|subtotal|positionsbetrag ohne ust|entgelt|line value|extended price|ext. price|total eur|total (eur)|montant total ht|total price net|beløb|beløp|belopp|i alt|summa|sum|amount aud|amount eur|amount gbp|amount usd|net|net value|goods value|ex vat|montant eur|gesamt eur|valor|valor total|totale eur|yhteensä|total hors taxes|total hors tva|pris i alt|bedrag incl. btw|bedrag excl. btw|importo eur|betrag eur|summe eur|netto|nettowert|wert|gesamtpreis netto|line net|value",
	taxRate:   "vat|tax|taxes|tax rate|vat rate|mwst|ust|ust.|steuersatz|tva|taux tva|taux|iva|btw|gst|tax(%)|vat %|vat(%)|ust %|mwst. %|% tva|tva %|stawka vat|ust-satz|mwst-satz|tax %|gst %|moms|mva|alv|mwst-satz %|taxa iva|% iva|iva %|btw %|moms %|tva (%)|taux de tva",
})

func compileColumns(list map[column]string) map[string]column {
	all := map[string]column{}
	for _, c := range slices.Sorted(maps.Keys(list)) {
		for _, label := range strings.Split(list[c], "|") {
			all[squeeze(label)] = c
		}
	}
	return all
}

// header is a line that heads a table: where each column stands.
type header struct {
	line    int
	columns map[column]span
}

// headerAt reads a line as the header of a table of items: it names at least
// three columns, one of them the sums or the prices.
func (p *paper) headerAt(at int) (header, bool) {
	l := &p.lines[at]
	h := header{at, map[column]span{}}
	for i := 0; i < len(l.words); {
		c, n := columnAt(l, i)
		if n == 0 {
			i++
			continue
		}
		if _, again := h.columns[c]; !again || c == lineSum {
			h.columns[c] = span{i, i + n}
		}
		i += n
	}
	_, sums := h.columns[lineSum]
	_, prices := h.columns[unitPrice]
	_, counts := h.columns[quantity]
	_, texts := h.columns[describes]
	thin := texts && sums && len(l.cells) <= 3 && len(l.words) <= 6
	return h, (thin || len(h.columns) >= 3 && (sums || prices) && (texts || counts)) && len(p.amountsIn(at, l.all())) == 0
}

func columnAt(l *line, i int) (best column, words int) {
	key := ""
	for n := 1; n <= 4 && i+n <= len(l.words); n++ {
		key += l.keys[i+n-1]
		if c, ok := columnLabels[key]; ok && l.keys[i+n-1] != "" {
			best, words = c, n
		}
	}
	return best, words
}
