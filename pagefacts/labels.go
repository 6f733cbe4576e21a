package pagefacts

import "strings"

// Labels, in lower case without accents, longest first where one holds another.
var (
	numberLabels = []string{"invoice number", "invoice no", "invoice nr", "invoice #", "invoice id", "rechnungsnummer", "rechnungs-nr", "rechnungsnr", "rechnung nr", "belegnummer",
		"numero de facture", "facture n°", "facture no", "n° facture", "n° de facture", "n° facture", "facture numero", "numero fattura", "fattura n", "numero de factura", "factura n", "factuurnummer",
		"credit note number", "credit note no", "gutschriftsnummer", "gutschrift nr", "avoir n°", "bill no", "bill number", "receipt no", "receipt number", "document number", "tax invoice no", "invoice", "rechnung", "facture", "factuur", "fattura", "factura", "gutschrift", "credit note"}
	dateLabels     = []string{"invoice date", "date of invoice", "rechnungsdatum", "belegdatum", "date de facture", "date facture", "date de facturation", "date d'emission", "data fattura", "fecha de factura", "factuurdatum", "date of issue", "issue date", "issued at", "issued on", "issued", "dated", "vom", "von", "du", "datum", "date", "le"}
	dueLabels      = []string{"due date", "payment due", "date due", "pay by", "due by", "falligkeitsdatum", "fallig am", "zahlbar bis", "fallig", "date d'echeance", "echeance", "date limite de paiement", "scadenza", "vencimiento", "vervaldatum", "remit until", "bis zum", "avant le"}
	orderLabels    = []string{"purchase order", "order number", "order no", "po number", "p.o. number", "bestellnummer", "bestell-nr", "auftragsnummer", "n° de commande", "numero de commande", "commande n°"}
	customerLabels = []string{"customer number", "customer no", "customer id", "kundennummer", "kunden-nr", "kundennr", "numero client", "n° client", "code client"}
	netLabels      = []string{"subtotal", "sub total", "sub-total", "net total", "total net", "net amount", "amount net", "total excl", "total ht", "total h.t", "montant ht", "sous-total", "zwischensumme", "nettobetrag", "netto", "gesamt netto", "summe netto", "imponibile", "base imponible", "total excluding"}
	taxLabels      = []string{"vat total", "total vat", "vat amount", "plus vat", "vat", "total tax", "sales tax", "tax", "total tva", "montant tva", "tva", "mwst", "mehrwertsteuer", "umsatzsteuer", "ust", "iva", "btw", "gst", "igst"}
	grossLabels    = []string{"due payable", "amount payable", "rounded total", "total rounded", "total after rounding", "nett total", "net total (rm)", "total (rm)", "total sales (inclusive of gst)", "total sales incl gst", "total incl gst", "total inclusive", "total amount payable", "grand total", "total amount due", "amount due", "balance due", "total due", "invoice total", "total amount", "total incl", "total ttc", "montant ttc", "net a payer", "total a payer", "gesamtbetrag", "rechnungsbetrag", "bruttobetrag", "endbetrag", "endsumme", "zu zahlender betrag", "zahlbetrag", "gesamtsumme", "gesamt brutto", "summe brutto", "totale fattura", "totale", "total factura", "importe total", "te betalen", "total to pay", "to pay", "total"}
	cashLabels     = []string{"cash", "cash tendered", "tendered", "bar", "gegeben", "especes", "amount paid", "paid", "visa", "payment"}
	changeLabels   = []string{"change", "change due", "ruckgeld", "rendu", "monnaie", "balance"}
	invoiceWords   = []string{"invoice", "rechnung", "facture", "fattura", "factura", "factuur", "faktura", "gutschrift", "credit note", "avoir", "receipt", "quittung", "kassenbon", "ticket", "tax invoice", "bill to", "cash bill", "recu"}
	creditWords    = []string{"credit note", "gutschrift", "avoir", "nota di credito", "rechnungskorrektur", "stornorechnung", "credit memo"}
)

// fold makes texts comparable: small letters without the accents that labels
// are written with and without.
func fold(s string) string {
	return strings.NewReplacer("é", "e", "è", "e", "ê", "e", "à", "a", "â", "a", "ä", "a", "ö", "o", "ü", "u", "ß", "ss", "ù", "u", "û", "u", "ô", "o", "î", "i", "ç", "c", "º", "°", "№", "n°", "’", "'").Replace(strings.ToLower(s))
}
