package einvoice

import (
	"strings"
	"testing"
)

// fatturaXML is a small FatturaPA with what the corpus lacks: a person as seller,
// withholding tax, instalments, a corrected invoice.
const fatturaXML = `<p:FatturaElettronica xmlns:p="` + spaceFattura12 + `" versione="FPR12"><FatturaElettronicaHeader>
<DatiTrasmissione><FormatoTrasmissione>FPR12</FormatoTrasmissione><CodiceDestinatario>ABC1234</CodiceDestinatario></DatiTrasmissione>
<CedentePrestatore><DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>01234567890</IdCodice></IdFiscaleIVA><CodiceFiscale>RSSMRA80A01H501U</CodiceFiscale>
<Anagrafica><Nome>Maria</Nome><Cognome>Rossi</Cognome></Anagrafica></DatiAnagrafici><Sede><Indirizzo>Via Po 1</Indirizzo><CAP>00198</CAP><Comune>Roma</Comune><Nazione>IT</Nazione></Sede></CedentePrestatore>
<CessionarioCommittente><DatiAnagrafici><CodiceFiscale>09876543210</CodiceFiscale><Anagrafica><Denominazione>Beta S.p.A.</Denominazione></Anagrafica></DatiAnagrafici></CessionarioCommittente>
</FatturaElettronicaHeader><FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>TD04</TipoDocumento><Divisa>EUR</Divisa><Data>2026-03-01</Data><Numero>7/2026</Numero>
<DatiRitenuta><ImportoRitenuta>200.00</ImportoRitenuta></DatiRitenuta></DatiGeneraliDocumento>
<DatiFattureCollegate><IdDocumento>3/2026</IdDocumento></DatiFattureCollegate></DatiGenerali>
<DatiBeniServizi><DettaglioLinee><NumeroLinea>1</NumeroLinea><Descrizione>Consulenza</Descrizione><PrezzoUnitario>1000.00</PrezzoUnitario><PrezzoTotale>1000.00</PrezzoTotale><AliquotaIVA>22.00</AliquotaIVA></DettaglioLinee>
<DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA><ImponibileImporto>1000.00</ImponibileImporto><Imposta>220.00</Imposta></DatiRiepilogo>
<DatiRiepilogo><AliquotaIVA>0.00</AliquotaIVA><Natura>N4</Natura><ImponibileImporto>50.50</ImponibileImporto><Imposta>0.00</Imposta><RiferimentoNormativo>art. 10</RiferimentoNormativo></DatiRiepilogo></DatiBeniServizi>
<DatiPagamento><DettaglioPagamento><ModalitaPagamento>MP05</ModalitaPagamento><DataScadenzaPagamento>2026-03-31</DataScadenzaPagamento><ImportoPagamento>535.25</ImportoPagamento><IBAN>IT60 X054 2811 1010 0000 0123 456</IBAN></DettaglioPagamento>
<DettaglioPagamento><ModalitaPagamento>MP05</ModalitaPagamento><DataScadenzaPagamento>2026-04-30</DataScadenzaPagamento><ImportoPagamento>535.25</ImportoPagamento></DettaglioPagamento></DatiPagamento>
</FatturaElettronicaBody></p:FatturaElettronica>`

func TestFattura(t *testing.T) {
	inv, err := Read([]byte(fatturaXML))
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"seller":    {inv.Seller.Name.Value, "Maria Rossi"},
		"VAT id":    {inv.Seller.VATID.Value, "IT01234567890"},
		"tax code":  {inv.Seller.TaxNumber.Value, "RSSMRA80A01H501U"},
		"kind":      {inv.DocumentCode().Value, "381"},
		"net":       {inv.NetTotal.Value, "1050.50"},
		"tax":       {inv.TaxTotal.Value, "220.00"},
		"gross":     {inv.GrossTotal.Value, "1270.50"},
		"withheld":  {inv.Withheld.Value, "200.00"},
		"payable":   {inv.Payable.Value, "1070.50"},
		"due":       {inv.DueDate.Value, "2026-03-31"},
		"preceding": {inv.PrecedingInvoice.Value, "3/2026"},
		"exempt":    {inv.Taxes[1].Category.Value + inv.Taxes[1].ExemptionReason.Value, "N4art. 10"},
		"account":   {inv.PaymentMeans[0].IBAN.Value, "IT60X0542811101000000123456"},
		"its path":  {inv.PaymentMeans[0].IBAN.Path, "/FatturaElettronica/FatturaElettronicaBody/DatiPagamento/DettaglioPagamento[1]/IBAN"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", name, pair[0], pair[1])
		}
	}
	if !inv.Credit() {
		t.Error("TD04 is no credit note")
	}
	for _, c := range inv.Checks() {
		if c.Status == StatusFail {
			t.Errorf("%s fails: %s against %s", c.Code, c.Expected, c.Actual)
		}
	}
}

// TestFatturaVersions reads the older namespaces, names that carry the namespace
// too, and the split payment, where the buyer pays the tax to the state.
func TestFatturaVersions(t *testing.T) {
	for _, space := range []string{spaceFattura10, spaceFattura11} {
		inv, err := Read([]byte(strings.ReplaceAll(fatturaXML, spaceFattura12, space)))
		if err != nil || inv.Number.Value != "7/2026" {
			t.Errorf("%s: %v", space, err)
		}
	}
	whole := strings.NewReplacer("<p:", "<", "</p:", "</", "xmlns:p=", "xmlns=").Replace(fatturaXML)
	if inv, err := Read([]byte(whole)); err != nil || inv.Number.Value != "7/2026" {
		t.Errorf("all in the namespace: %v", err)
	}
	split := strings.Replace(fatturaXML, "<Imposta>220.00</Imposta>", "<Imposta>220.00</Imposta><EsigibilitaIVA>S</EsigibilitaIVA>", 1)
	if inv, err := Read([]byte(split)); err != nil || inv.Withheld.Value != "420.00" {
		t.Errorf("split payment: %v", err)
	}
}

const simpleXML = `<p:FatturaElettronicaSemplificata xmlns:p="` + spaceFatturaSimple + `" versione="FSM10"><FatturaElettronicaHeader>
<DatiTrasmissione><FormatoTrasmissione>FSM10</FormatoTrasmissione></DatiTrasmissione>
<CedentePrestatore><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>01234567890</IdCodice></IdFiscaleIVA><Denominazione>Bar Alpha</Denominazione><Sede><Comune>Roma</Comune><Nazione>IT</Nazione></Sede></CedentePrestatore>
<CessionarioCommittente><IdentificativiFiscali><CodiceFiscale>09876543210</CodiceFiscale></IdentificativiFiscali><AltriDatiIdentificativi><Denominazione>Beta</Denominazione></AltriDatiIdentificativi></CessionarioCommittente>
</FatturaElettronicaHeader><FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>TD07</TipoDocumento><Divisa>EUR</Divisa><Data>2026-03-01</Data><Numero>9</Numero></DatiGeneraliDocumento></DatiGenerali>
<DatiBeniServizi><Descrizione>Pranzo</Descrizione><Importo>22.00</Importo><DatiIVA><Imposta>2.00</Imposta></DatiIVA></DatiBeniServizi></FatturaElettronicaBody></p:FatturaElettronicaSemplificata>`

func TestFatturaSimple(t *testing.T) {
	inv, err := Read([]byte(simpleXML))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{inv.Seller.Name.Value, inv.Seller.VATID.Value, inv.Seller.City.Value, inv.Buyer.Name.Value, inv.Buyer.TaxNumber.Value, inv.NetTotal.Value, inv.TaxTotal.Value, inv.GrossTotal.Value}
	if s := strings.Join(got, "|"); s != "Bar Alpha|IT01234567890|Roma|Beta|09876543210|20.00|2.00|22.00" {
		t.Errorf("read %s", s)
	}
	rate := strings.Replace(simpleXML, "<Imposta>2.00</Imposta>", "<Aliquota>10.00</Aliquota>", 1)
	if inv, err := Read([]byte(rate)); err != nil || !inv.NetTotal.Absent() || !inv.TaxTotal.Absent() || inv.GrossTotal.Value != "22.00" {
		t.Errorf("a rate alone: %v", err)
	}
}
