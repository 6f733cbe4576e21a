package einvoice

import "strings"

// Paths that several functions below share.
const (
	fatturaHeader  = "FatturaElettronicaHeader"
	fatturaBodies  = "FatturaElettronicaBody"
	fatturaGeneral = "DatiGenerali/DatiGeneraliDocumento"
	fatturaSummary = "DatiBeniServizi/DatiRiepilogo"
	fatturaPayment = "DatiPagamento/DettaglioPagamento"
)

// readFattura reads an ordinary FatturaPA. One file may carry several invoices of
// one seller to one buyer: that of the reader's body is read, and a warning counts them.
func readFattura(r *reader, root *node) {
	r.fatturaHead(root)
	r.inv.Seller = r.fatturaParty(r.one(root, fatturaHeader+"/CedentePrestatore"))
	r.inv.Buyer = r.fatturaParty(r.one(root, fatturaHeader+"/CessionarioCommittente"))
	body := r.fatturaBody(root)
	r.fatturaDocument(body)
	r.fatturaTaxes(body)
	r.fatturaTotals(body)
	r.fatturaPayments(body)
	r.fatturaLines(body)
}

func (r *reader) fatturaHead(root *node) {
	sending := r.one(root, fatturaHeader+"/DatiTrasmissione")
	r.inv.Profile = r.label(r.one(sending, "FormatoTrasmissione"))
	// The office that the invoice is routed to: public buyers ask for it.
	r.inv.BuyerReference = r.label(r.one(sending, "CodiceDestinatario"))
}

func (r *reader) fatturaBody(root *node) *node {
	bodies := r.many(root, fatturaBodies, maxEntries)
	if len(bodies) <= r.body {
		return nil
	}
	if len(bodies) > 1 {
		r.warnAt(bodies[r.body], WarnSeveral, "The file holds %d invoices; this is number %d.", len(bodies), r.body+1)
	}
	return bodies[r.body]
}

// fatturaDocument reads what names the invoice.
func (r *reader) fatturaDocument(body *node) {
	inv, general := r.inv, r.one(body, fatturaGeneral)
	inv.Number = r.label(r.one(general, "Numero"))
	inv.TypeCode = r.label(r.one(general, "TipoDocumento"))
	inv.IssueDate = r.day(r.one(general, "Data"), readISODate)
	inv.Currency = r.currency(r.one(general, "Divisa"))
	inv.Notes = r.notes(r.many(general, "Causale", maxEntries))
	inv.OrderReference = r.label(first(body, "DatiGenerali/DatiOrdineAcquisto/IdDocumento"))
	inv.PrecedingInvoice = r.label(first(body, "DatiGenerali/DatiFattureCollegate/IdDocumento"))
	inv.DeliveryDate = r.day(first(body, "DatiGenerali/DatiTrasporto/DataOraConsegna"), readISODate)
}

// fatturaParty reads a party of either side. A natural person has a first and a
// last name in place of a name.
func (r *reader) fatturaParty(n *node) Party {
	identity := r.one(n, "DatiAnagrafici")
	p := Party{
		VATID:      r.fatturaVATID(r.one(identity, "IdFiscaleIVA")),
		TaxNumber:  r.label(r.one(identity, "CodiceFiscale")),
		Name:       r.fatturaName(r.one(identity, "Anagrafica")),
		LegalID:    r.label(r.one(n, "IscrizioneREA/NumeroREA")),
		Street:     r.label(r.one(n, "Sede/Indirizzo")),
		City:       r.label(r.one(n, "Sede/Comune")),
		PostalCode: r.label(r.one(n, "Sede/CAP")),
		Country:    r.label(r.one(n, "Sede/Nazione")),
		Email:      r.label(r.one(n, "Contatti/Email")),
		Phone:      r.label(r.one(n, "Contatti/Telefono")),
	}
	return p
}

func (r *reader) fatturaName(n *node) Text {
	if name := r.label(r.one(n, "Denominazione")); !name.Absent() {
		return name
	}
	given, family := r.label(r.one(n, "Nome")), r.label(r.one(n, "Cognome"))
	if family.Absent() {
		return given
	}
	family.Value = strings.TrimSpace(given.Value + " " + family.Value)
	return family
}

// fatturaVATID joins the country and the number as they are written elsewhere.
func (r *reader) fatturaVATID(n *node) Text {
	id := r.label(r.one(n, "IdCodice"))
	if country := r.label(r.one(n, "IdPaese")); !id.Absent() && !strings.HasPrefix(id.Value, country.Value) {
		id.Value = country.Value + id.Value
	}
	return id
}

// fatturaTaxes reads the summary, one entry a rate. The category is the reason for
// which no VAT is due (Natura), or S where a rate applies.
func (r *reader) fatturaTaxes(body *node) {
	for _, n := range r.many(body, fatturaSummary, maxEntries) {
		t := Tax{
			Rate:            r.number(r.one(n, "AliquotaIVA")),
			Category:        r.label(r.one(n, "Natura")),
			Basis:           r.number(r.one(n, "ImponibileImporto")),
			Amount:          r.number(r.one(n, "Imposta")),
			ExemptionReason: r.prose(first(n, "RiferimentoNormativo")),
		}
		if t.Category.Absent() && !t.Rate.Absent() {
			t.Category = Text{Value: "S", Path: t.Rate.Path}
		}
		r.inv.Taxes = append(r.inv.Taxes, t)
	}
}

// fatturaTotals adds up the summary, as the format states no totals of it.
func (r *reader) fatturaTotals(body *node) {
	inv := r.inv
	inv.NetTotal = r.sumOf(body.all(fatturaSummary + "/ImponibileImporto"))
	inv.TaxTotal = r.sumOf(body.all(fatturaSummary + "/Imposta"))
	inv.Rounding = r.total(r.one(body, fatturaGeneral+"/Arrotondamento"))
	held := body.all(fatturaGeneral + "/DatiRitenuta/ImportoRitenuta")
	for _, n := range body.all(fatturaSummary) {
		if text(r.one(n, "EsigibilitaIVA")) == "S" {
			held = append(held, n.all("Imposta")...)
		}
	}
	inv.Withheld = r.sumOf(held)
	if inv.GrossTotal = r.total(r.one(body, fatturaGeneral+"/ImportoTotaleDocumento")); inv.GrossTotal.Absent() {
		inv.GrossTotal = sumOfTexts(inv.NetTotal, inv.TaxTotal)
	} else {
		// The total stated contains the rounding.
		inv.Rounding = Text{}
	}
}

// sumOf adds amounts that must all be readable, and names the first as its place.
func (r *reader) sumOf(found []*node) Text {
	var parts []Text
	for _, n := range found {
		parts = append(parts, r.total(n))
	}
	return sumOfTexts(parts...)
}

// sumOfTexts is the exact sum at the place of the first part; absent where a part is.
func sumOfTexts(parts ...Text) Text {
	var terms []term
	for _, t := range parts {
		terms = append(terms, required(t))
	}
	sum, ok := add(terms)
	if !ok || len(parts) == 0 {
		return Text{}
	}
	return Text{Value: sum.String(), Path: parts[0].Path}
}

// fatturaPayments reads the instalments: the first date is the due date, their sum is
// what is to be paid. Several that are each the whole are ways to pay, not parts.
func (r *reader) fatturaPayments(body *node) {
	inv := r.inv
	whole, found := true, r.many(body, fatturaPayment, maxEntries)
	var amounts []*node
	for _, n := range found {
		amounts = append(amounts, n.all("ImportoPagamento")...)
		if date := r.day(r.one(n, "DataScadenzaPagamento"), readISODate); inv.DueDate.Absent() {
			inv.DueDate = date
		}
		if code := r.label(r.one(n, "CodicePagamento")); inv.PaymentReference.Absent() {
			inv.PaymentReference = code
		}
		m := PaymentMeans{
			Code: r.label(r.one(n, "ModalitaPagamento")), BIC: r.label(r.one(n, "BIC")),
			IBAN: withoutSpaces(r.label(r.one(n, "IBAN"))), AccountName: r.label(r.one(n, "Beneficiario")),
		}
		inv.PaymentMeans = append(inv.PaymentMeans, m)
	}
	for _, n := range amounts {
		whole = whole && r.total(n).Value == inv.GrossTotal.Value
	}
	switch {
	case len(amounts) == 0:
		inv.Payable = inv.GrossTotal
	case whole:
		inv.Payable = r.total(amounts[0])
	default:
		inv.Payable = r.sumOf(amounts)
	}
	inv.PaymentTerms = r.label(r.one(body, "DatiPagamento/CondizioniPagamento"))
}

func (r *reader) fatturaLines(body *node) {
	for _, n := range r.many(body, "DatiBeniServizi/DettaglioLinee", maxLines) {
		l := Line{
			ID:          r.label(r.one(n, "NumeroLinea")),
			Name:        r.label(r.one(n, "Descrizione")),
			Quantity:    r.number(r.one(n, "Quantita")),
			Unit:        r.label(r.one(n, "UnitaMisura")),
			UnitPrice:   r.number(r.one(n, "PrezzoUnitario")),
			LineTotal:   r.number(r.one(n, "PrezzoTotale")),
			TaxRate:     r.number(r.one(n, "AliquotaIVA")),
			TaxCategory: r.label(r.one(n, "Natura")),
			PeriodStart: r.day(r.one(n, "DataInizioPeriodo"), readISODate),
			PeriodEnd:   r.day(r.one(n, "DataFinePeriodo"), readISODate),
		}
		if l.TaxCategory.Absent() && !l.TaxRate.Absent() {
			l.TaxCategory = Text{Value: "S", Path: l.TaxRate.Path}
		}
		r.inv.Lines = append(r.inv.Lines, l)
	}
}

// text is the trimmed text of an element, "" for none.
func text(n *node) string {
	if n == nil {
		return ""
	}
	return strings.TrimSpace(n.text)
}
