package extract_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/demo"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// fattura is a FatturaPA of invoices with these numbers, to the demo's company.
func fattura(numbers ...string) []byte {
	own := demo.Company(pgtest.Workspace)
	s := `<p:FatturaElettronica xmlns:p="http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2" versione="FPR12"><FatturaElettronicaHeader>
<CedentePrestatore><DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>01234567897</IdCodice></IdFiscaleIVA><Anagrafica><Denominazione>Olio Belvedere S.r.l.</Denominazione></Anagrafica></DatiAnagrafici></CedentePrestatore>
<CessionarioCommittente><DatiAnagrafici><Anagrafica><Denominazione>` + own.Name + `</Denominazione></Anagrafica></DatiAnagrafici></CessionarioCommittente></FatturaElettronicaHeader>`
	for n, number := range numbers {
		tax := "22.00"
		if number == "bad" {
			tax = "much"
		}
		s += fmt.Sprintf(`<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>TD01</TipoDocumento><Divisa>EUR</Divisa><Data>2026-03-0%d</Data><Numero>%s</Numero></DatiGeneraliDocumento></DatiGenerali>
<DatiBeniServizi><DettaglioLinee><NumeroLinea>1</NumeroLinea><Descrizione>Olio</Descrizione><PrezzoUnitario>100.00</PrezzoUnitario><PrezzoTotale>100.00</PrezzoTotale><AliquotaIVA>22.00</AliquotaIVA></DettaglioLinee>
<DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA><ImponibileImporto>100.00</ImponibileImporto><Imposta>%s</Imposta></DatiRiepilogo></DatiBeniServizi></FatturaElettronicaBody>`, n+1, number, tax)
	}
	return []byte(s + `</p:FatturaElettronica>`)
}

// Each invoice of a file with several is read by a subtask of its own, onto a record
// of its own; the task tells what became of all of them.
func TestSeveralInvoicesInOneFile(t *testing.T) {
	b := setup(t)
	job := b.job(t, "lotto.xml", fattura("7", "8", "bad"))
	split, ok := b.kind.Run(t.Context(), job).(enrich.Split)
	if !ok || len(split.Children) != 2 {
		t.Fatalf("%+v", split)
	}
	ids := map[string]bool{}
	for n, request := range split.Children {
		child := job
		child.Task.EntityType, child.Task.EntityID = request.EntityType, request.EntityID
		child.Task.ID, child.Task.Input, child.Task.ParentID = fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", n+2), request.Input, &job.Task.ID
		ended := enrich.Child{ID: child.Task.ID, Type: request.Type, Input: request.Input, Status: enrich.Completed}
		switch a := b.kind.Run(t.Context(), child).(type) {
		case enrich.Done:
			out := kindtest.Output(t, a)
			if out["invoice_number"] != "8" || out["direction"] != "inbound" || out["grand_total"] != "122.00" || out["_invoices"] != nil {
				t.Errorf("the second: %v", out)
			}
			ids[a.Records[len(a.Records)-1].EntityID] = true
			if request.EntityType != "invoice" || !ids[request.EntityID] {
				t.Errorf("the subtask targets %s %s", request.EntityType, request.EntityID)
			}
			ended.Output = a.Output
		case enrich.Fail:
			if n != 1 || a.Err.Code != "unreadable_total" {
				t.Errorf("number %d: %+v", n+2, a)
			}
			ended.Status, ended.Error = enrich.Failed, a.Err.Message
		default:
			t.Errorf("number %d: %T", n+2, a)
		}
		job.Children = append(job.Children, ended)
	}
	done, ok := b.kind.Run(t.Context(), job).(enrich.Done)
	if !ok {
		t.Fatalf("%+v", done)
	}
	ids[done.Records[len(done.Records)-1].EntityID] = true
	var out struct {
		Number   string `json:"invoice_number"`
		Invoices []struct {
			ID     string  `json:"invoice_id"`
			Number *string `json:"invoice_number"`
			Status string
		} `json:"_invoices"`
	}
	if err := json.Unmarshal(done.Output, &out); err != nil || out.Number != "7" || len(out.Invoices) != 3 || len(ids) != 2 {
		t.Fatalf("%v, %d records: %s", err, len(ids), done.Output)
	}
	for n, want := range []string{"7 completed", "8 completed", " failed"} {
		got := out.Invoices[n]
		number := ""
		if got.Number != nil {
			number = *got.Number
		}
		if number+" "+got.Status != want {
			t.Errorf("number %d: %s %s, want %s", n+1, number, got.Status, want)
		}
	}
	if !strings.Contains(done.Description, "first of 3 invoices") {
		t.Error(done.Description)
	}
	job.Task.Input = json.RawMessage(`{"invoice": 9}`)
	if a, ok := b.kind.Run(t.Context(), job).(enrich.Refuse); !ok || a.Reasons[0].Code != "no_such_invoice" {
		t.Errorf("number 9: %+v", a)
	}
	for _, bad := range []string{`{"invoice": -1}`, `{"invoice": "two"}`} {
		if b.kind.Check([]byte(bad)) == nil {
			t.Errorf("%s passes", bad)
		}
	}
}

// Who wrote a self-billed invoice does not change who sold: of a supplier that the
// workspace bills for, money goes out, and where a customer bills for the workspace it
// comes in. An envelope changes nothing.
func TestSelfBilledDirections(t *testing.T) {
	b := setup(t)
	wrap := func(content []byte) []byte {
		text := string(content)
		if i := strings.Index(text, "?>"); strings.HasPrefix(text, "<?xml") && i > 0 {
			text = text[i+2:]
		}
		return []byte(`<sh:StandardBusinessDocument xmlns:sh="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"><sh:StandardBusinessDocumentHeader><sh:Sender><sh:Identifier>0007:buyer</sh:Identifier></sh:Sender></sh:StandardBusinessDocumentHeader>` + text + `</sh:StandardBusinessDocument>`)
	}
	for name, want := range map[string]string{flour: "inbound", sale: "outbound"} {
		changed := strings.Replace(string(b.files[name]), ">380<", ">389<", 1)
		if changed == string(b.files[name]) {
			t.Fatalf("%s has no type code 380", name)
		}
		plain := kindtest.Output(t, b.kind.Run(t.Context(), b.job(t, name, b.files[name])))
		for _, content := range [][]byte{[]byte(changed), wrap([]byte(changed))} {
			out := kindtest.Output(t, b.kind.Run(t.Context(), b.job(t, "self-"+name, content)))
			if out["is_self_billed"] != true || plain["is_self_billed"] != false || out["direction"] != want || out["document_type_code"] != "389" ||
				fmt.Sprint(out["issuer"]) != fmt.Sprint(plain["issuer"]) || strings.Contains(failed(out), "own_company") {
				t.Errorf("%s: direction %v, self-billed %v, issuer %v, failed %s", name, out["direction"], out["is_self_billed"], out["issuer"], failed(out))
			}
		}
	}
}
