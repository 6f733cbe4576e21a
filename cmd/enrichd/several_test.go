package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/client"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// lotto is a FatturaPA with an invoice for each number; one called "bad" has a tax
// that is no number.
func lotto(seller string, numbers ...string) string {
	s := `<p:FatturaElettronica xmlns:p="http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2" versione="FPR12"><FatturaElettronicaHeader>
<CedentePrestatore><DatiAnagrafici><Anagrafica><Denominazione>` + seller + `</Denominazione></Anagrafica></DatiAnagrafici></CedentePrestatore>
<CessionarioCommittente><DatiAnagrafici><Anagrafica><Denominazione>Kontor Blau GmbH</Denominazione></Anagrafica></DatiAnagrafici></CessionarioCommittente></FatturaElettronicaHeader>`
	for _, number := range numbers {
		tax := "22.00"
		if number == "bad" {
			tax = "much"
		}
		s += fmt.Sprintf(`<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>TD01</TipoDocumento><Divisa>EUR</Divisa><Data>2026-03-01</Data><Numero>%s</Numero></DatiGeneraliDocumento></DatiGenerali>
<DatiBeniServizi><DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA><ImponibileImporto>100.00</ImponibileImporto><Imposta>%s</Imposta></DatiRiepilogo></DatiBeniServizi></FatturaElettronicaBody>`, number, tax)
	}
	return s + `</p:FatturaElettronica>`
}

// numbersOf waits until nothing of ai_invoice is open and lists the numbers of the invoices that stand.
func (b *bench) numbersOf(document string) string {
	b.Helper()
	b.idle("ai_invoice", document)
	for _, t := range b.tasksBy("SELECT DISTINCT entity_id FROM enrichment_tasks WHERE enrichment_type = 'ai_invoice' AND entity_type = 'invoice' AND input ->> 'document_id' = '" + document + "'") {
		b.idle("ai_invoice", t)
	}
	return pgtest.Query[string](b.TB, b.dbURL, `SELECT coalesce(string_agg(invoice_number, ' ' ORDER BY invoice_number), '') FROM invoices WHERE document_id = '`+document+`'`)
}

func (b *bench) tasksBy(query string) []string {
	b.Helper()
	return strings.Fields(pgtest.Query[string](b.TB, b.dbURL, "SELECT coalesce(string_agg(entity_id, ' '), '') FROM ("+query+") AS q"))
}

// Every invoice of a file becomes one, on whichever road the file came, and one that
// is at fault spoils no other.
func TestSeveralInvoicesOnEveryRoad(t *testing.T) {
	b := setup(t)
	upload := b.upload("lotto.xml", []byte(lotto("Olio Uno S.r.l.", "U-1", "U-2", "U-3")))
	if got := b.numbersOf(upload.ID); got != "U-1 U-2 U-3" {
		t.Errorf("uploaded: %q", got)
	}
	first := b.upload("primo.xml", []byte(lotto("Olio Due S.r.l.", "bad", "F-2", "F-3")))
	if got := b.numbersOf(first.ID); got != "F-2 F-3" {
		t.Errorf("the first at fault: %q", got)
	}
	if task := b.until("ai_invoice", first.ID); task.Text("status") != "failed" || !strings.Contains(task.Text("error"), "first invoice") {
		t.Errorf("its task is %s: %s", task.Text("status"), task.Text("error"))
	}
	status, _, mail := b.call("POST", "/v1/emails", "message/rfc822", eml("several@shop.example", map[string]string{"lotto.xml": lotto("Olio Tre S.r.l.", "E-1", "E-2")}))
	attached, _ := dig(mail, "data", "attributes", "attachments", 0, "document_id").(string)
	if status != 201 || attached == "" {
		t.Fatalf("import: %d %v", status, mail)
	}
	b.until("ai_invoice", attached)
	if got := b.numbersOf(attached); got != "E-1 E-2" {
		t.Errorf("by e-mail: %q", got)
	}
	b.asSubtask(t, upload)
}

// asSubtask has the file read again by a subtask, which can have none of its own.
func (b *bench) asSubtask(t *testing.T, doc client.Resource) {
	before := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM enrichment_tasks WHERE enrichment_type = 'ai_invoice' AND parent_task_pk IS NULL`)
	parent := pgtest.Query[string](t, b.dbURL, `SELECT enrichment_task_id::text FROM enrichment_tasks WHERE enrichment_type = 'ocr_extract' AND entity_id = '`+doc.ID+`'`)
	body := fmt.Sprintf(`{"data": {"type": "enrichment_task", "attributes": {"enrichment_type": "ai_invoice", "entity_type": "document", "entity_id": %q, "input": {"document_id": %q, "again": true}},
		"relationships": {"parent_task": {"data": {"type": "enrichment_task", "id": %q}}}}}`, doc.ID, doc.ID, parent)
	status, _, made := b.call("POST", "/v1/enrichment-tasks", "application/vnd.api+json", body)
	if status != 201 && status != 202 {
		t.Fatalf("subtask: %d %v", status, made)
	}
	if got := b.numbersOf(doc.ID); got != "U-1 U-2 U-3" {
		t.Errorf("by a subtask: %q", got)
	}
	id, _ := dig(made, "data", "id").(string)
	var out struct {
		Invoices []map[string]any `json:"_invoices"`
	}
	raw := pgtest.Query[string](t, b.dbURL, `SELECT coalesce(output, '{}')::text FROM enrichment_tasks WHERE status = 'completed' AND enrichment_task_id = '`+id+`'`)
	if err := json.Unmarshal([]byte(raw), &out); err != nil || len(out.Invoices) != 3 || out.Invoices[1]["task"] == nil || out.Invoices[2]["task"] == nil {
		t.Errorf("the subtask's output: %v %s", err, raw)
	}
	// The further invoices' tasks are no subtasks, and there is one for each.
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM enrichment_tasks WHERE enrichment_type = 'ai_invoice' AND parent_task_pk IS NULL`); n != before+2 {
		t.Errorf("%d tasks more, want 2", n-before)
	}
}
