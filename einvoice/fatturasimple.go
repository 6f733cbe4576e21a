package einvoice

// readFatturaSimple reads a simplified FatturaPA, for small sums: its lines carry
// the price with VAT, and the VAT either as an amount or as a rate.
func readFatturaSimple(r *reader, root *node) {
	r.fatturaHead(root)
	r.inv.Seller = r.simpleSeller(r.one(root, fatturaHeader+"/CedentePrestatore"))
	r.inv.Buyer = r.simpleBuyer(r.one(root, fatturaHeader+"/CessionarioCommittente"))
	body := r.fatturaBody(root)
	r.fatturaDocument(body)
	r.inv.PrecedingInvoice = r.label(first(body, "DatiGenerali/DatiFatturaRettificata/NumeroFR"))
	r.simpleLines(body)
	r.simpleTotals(body)
}

func (r *reader) simpleSeller(n *node) Party {
	p := r.fatturaParty(n)
	p.VATID = r.fatturaVATID(r.one(n, "IdFiscaleIVA"))
	p.TaxNumber = r.label(r.one(n, "CodiceFiscale"))
	p.Name = r.fatturaName(n)
	return p
}

func (r *reader) simpleBuyer(n *node) Party {
	details := r.one(n, "AltriDatiIdentificativi")
	p := r.fatturaParty(details)
	p.VATID = r.fatturaVATID(r.one(n, "IdentificativiFiscali/IdFiscaleIVA"))
	p.TaxNumber = r.label(r.one(n, "IdentificativiFiscali/CodiceFiscale"))
	p.Name = r.fatturaName(details)
	return p
}

func (r *reader) simpleLines(body *node) {
	for _, n := range r.many(body, "DatiBeniServizi", maxLines) {
		r.inv.Lines = append(r.inv.Lines, Line{
			Name:        r.label(r.one(n, "Descrizione")),
			TaxRate:     r.number(r.one(n, "DatiIVA/Aliquota")),
			TaxCategory: r.label(r.one(n, "Natura")),
		})
	}
}

// simpleTotals adds up the lines. The total without VAT follows where each line
// states its VAT as an amount; from rates alone it would rest on our rounding.
func (r *reader) simpleTotals(body *node) {
	inv, prices := r.inv, body.all("DatiBeniServizi/Importo")
	inv.GrossTotal = r.sumOf(prices)
	inv.Payable = inv.GrossTotal
	taxes := body.all("DatiBeniServizi/DatiIVA/Imposta")
	if len(taxes) == 0 || len(taxes) != len(prices) {
		return
	}
	inv.TaxTotal = r.sumOf(taxes)
	if net, ok := add([]term{required(inv.GrossTotal), less(inv.TaxTotal)}); ok && !inv.TaxTotal.Absent() {
		inv.NetTotal = Text{Value: net.String(), Path: inv.GrossTotal.Path}
	}
}
