package reader

import "strings"

// common are words that are frequent in one language and rare in the others, as
// they stand on invoices and letters.
var common = map[string]string{
	"en": "the and of to for with your you is are this from invoice total amount date due payment please number tax address our we have not quantity price description subtotal bill",
	"fr": "le la les des du et pour avec vous votre est une au aux par sur facture montant total date numéro tva ttc échéance adresse nous notre vos dans prix unitaire quantité désignation client société règlement paiement livraison ht siret",
	"de": "der die das und für mit sie ihr ist eine ein den dem von zu rechnung betrag summe datum nummer mwst ust zahlung straße wir ihre unsere nicht bei auf im am bitte menge einzelpreis gesamt gesamtbetrag netto zahlbar rechnungsnummer rechnungsdatum kundennummer lieferdatum steuernummer lieferung leistung seite gmbh",
	"es": "el los las del y para con su es una por factura importe fecha número iva pago dirección",
	"it": "il lo gli della di e per con è una fattura importo totale data numero iva pagamento indirizzo",
	"nl": "de het een en van voor met u uw is factuur bedrag totaal datum nummer btw betaling adres",
}

// packOf names tesseract's data for a language that languageOf tells.
func packOf(language string) string {
	switch language {
	case "en":
		return "eng"
	case "fr":
		return "fra"
	case "de":
		return "deu"
	case "es":
		return "spa"
	case "it":
		return "ita"
	case "nl":
		return "nld"
	}
	return ""
}

// languageOf guesses the language of words by the common ones among them; empty
// when fewer than three are known, or two languages are as likely.
func languageOf(words []Word) string {
	count := map[string]int{}
	known := wordIndex()
	for _, w := range words {
		for _, lang := range known[strings.ToLower(strings.Trim(w.Text, ".,;:!?()[]\"'«»"))] {
			count[lang]++
		}
	}
	best, second, lang := 0, 0, ""
	for l, n := range count {
		if n > best {
			best, second, lang = n, best, l
		} else if n > second {
			second = n
		}
	}
	if best < 3 || best == second {
		return ""
	}
	return lang
}

func wordIndex() map[string][]string {
	index := map[string][]string{}
	for lang, list := range common {
		for _, w := range strings.Fields(list) {
			index[w] = append(index[w], lang)
		}
	}
	return index
}
