package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/client"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// bill is an invoice that a supplier sends.
type bill struct{ number, date, supplier, iban, amount string }

// ubl writes a bill as an electronic invoice to the workspace's own company.
func (v bill) ubl() []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>%s</cbc:ID><cbc:IssueDate>%s</cbc:IssueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyLegalEntity><cbc:RegistrationName>%s</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyLegalEntity><cbc:RegistrationName>Kontor Blau GmbH</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode><cac:PayeeFinancialAccount><cbc:ID>%s</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">0.00</cbc:TaxAmount></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">%[5]s</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount currencyID="EUR">%[5]s</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="EUR">%[5]s</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="EUR">%[5]s</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="C62">1</cbc:InvoicedQuantity><cbc:LineExtensionAmount currencyID="EUR">%[5]s</cbc:LineExtensionAmount><cac:Item><cbc:Name>Service</cbc:Name></cac:Item><cac:Price><cbc:PriceAmount currencyID="EUR">%[5]s</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
</Invoice>`, v.number, v.date, v.supplier, v.iban, v.amount)
}

// payment is money that left the account.
type payment struct{ date, amount, name, iban, text string }

// camt writes payments as a bank statement.
func camt(id string, payments ...payment) string {
	var s strings.Builder
	fmt.Fprintf(&s, `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>%s</MsgId><CreDtTm>2026-11-18T06:00:00Z</CreDtTm></GrpHdr><Stmt><Id>%s</Id><CreDtTm>2026-11-18T06:00:00Z</CreDtTm><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>`, id, id)
	for _, p := range payments {
		account := ""
		if p.iban != "" {
			account = "<CdtrAcct><Id><IBAN>" + p.iban + "</IBAN></Id></CdtrAcct>"
		}
		fmt.Fprintf(&s, `<Ntry><Amt Ccy="EUR">%s</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>%s</Dt></BookgDt><BkTxCd/><NtryDtls><TxDtls><RltdPties><Cdtr><Pty><Nm>%s</Nm></Pty></Cdtr>%s</RltdPties><RmtInf><Ustrd>%s</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`,
			p.amount, p.date, p.name, account, p.text)
	}
	return s.String() + `</Stmt></BkToCstmrStmt></Document>`
}

const statements = "/v1/bank-statements"

// importCamt sends a statement and waits until its matching is settled.
func (b *bench) importCamt(body string) map[string]any {
	b.Helper()
	status, header, doc := b.call("POST", statements, "application/xml", body)
	if status != 201 || header.Get("Location") != statements+"/"+text(dig(doc, "data", "id")) {
		b.Fatalf("import: %d %v", status, doc)
	}
	b.idle("reconcile", text(dig(doc, "data", "id")))
	return doc
}

// idle waits until no task of a type on an entity has work to do, and returns them.
func (b *bench) idle(taskType, entityID string) []client.Resource {
	b.Helper()
	for range 6000 {
		page, err := b.api.Tasks(context.Background(), url.Values{"filter[enrichment_type]": {taskType}, "filter[entity_id]": {entityID}, "page[size]": {"500"}})
		open := err != nil || len(page.Data) == 0
		for _, t := range page.Data {
			open = open || !settled(t.Text("status"))
		}
		if !open {
			return page.Data
		}
		time.Sleep(25 * time.Millisecond)
	}
	b.Fatalf("the %s tasks of %s were not settled", taskType, entityID)
	return nil
}

// bill uploads an invoice and waits until it stands and was matched.
func (b *bench) bill(v bill) string {
	b.Helper()
	doc := b.upload(v.number+".xml", v.ubl())
	b.until("ai_invoice", doc.ID)
	invoice := record.DerivedID(pgtest.Workspace, record.EntityInvoice, doc.ID)
	b.idle("reconcile", invoice)
	return invoice
}

func (b *bench) status(invoice string) string {
	b.Helper()
	v, err := b.process.db.Invoice(context.Background(), pgtest.Workspace, invoice)
	if err != nil {
		b.Fatal(err)
	}
	return v.PaymentStatus + " " + v.PaidTotal
}

// books is a small company with suppliers, so that the matcher has something to
// learn from: the bills and payments of a year, quoted by number.
func (b *bench) books() (bills []string) {
	own := record.Company{ID: "own", Name: "Kontor Blau GmbH", RegisteredName: "Kontor Blau GmbH", Country: "DE"}
	if err := b.process.db.SetOwnCompany(context.Background(), pgtest.Workspace, own); err != nil {
		b.Fatal(err)
	}
	var payments []payment
	for i, supplier := range []string{"Papier Lindner KG", "Stadtwerke Ulm", "Fernsicht Telekom AG", "Reinigung Sauber OHG", "Kaffee Morgenrot GbR", "Spedition Pfeil SE"} {
		v := bill{fmt.Sprintf("L%d-20%02d", i, 61+i), fmt.Sprintf("2026-10-%02d", 2+3*i), supplier, "", fmt.Sprintf("%d.%02d", 120+37*i, 11*i)}
		bills = append(bills, b.bill(v))
		payments = append(payments, payment{fmt.Sprintf("2026-10-%02d", 9+3*i), v.amount, strings.ToUpper(supplier), "", "Rechnung " + v.number})
	}
	b.importCamt(camt("STMT-1", payments...))
	return bills
}

// The whole road: invoices are read, a statement is imported, payments are
// linked, and the same entries again change nothing.
func TestStatementMeetsInvoices(t *testing.T) {
	b := setup(t)
	for i, id := range b.books() {
		if got := b.status(id); !strings.HasPrefix(got, "paid ") {
			t.Errorf("bill %d is %s", i, got)
		}
	}
	again := camt("STMT-1", payment{"2026-11-02", "9.99", "NEU", "", "x"}, payment{"2026-11-02", "9.99", "NEU", "", "x"})
	doc := b.importCamt(again)
	if dig(doc, "data", "attributes", "entries_new") != 2.0 {
		t.Errorf("two equal entries of one statement: %v", doc)
	}
	status, _, doc := b.call("POST", statements, "application/xml", again)
	if status != 200 || dig(doc, "data", "attributes", "entries_new") != 0.0 || dig(doc, "data", "attributes", "entries_known") != 2.0 {
		t.Errorf("the same file again: %d %v", status, doc)
	}
	overlap := b.importCamt(camt("STMT-2", payment{"2026-11-02", "9.99", "NEU", "", "x"}, payment{"2026-11-02", "9.99", "NEU", "", "x"}, payment{"2026-11-03", "5.00", "NEU", "", "y"}))
	if dig(overlap, "data", "attributes", "entries_new") != 1.0 || dig(overlap, "data", "attributes", "entries_known") != 2.0 {
		t.Errorf("an overlapping file: %v", overlap)
	}
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM transactions`); n != 9 {
		t.Errorf("%d transactions, want 9", n)
	}
}

func TestRefusedStatements(t *testing.T) {
	b := setup(t)
	for name, c := range map[string]struct{ body, reason string }{
		"an invoice": {string(bill{"1", "2026-01-01", "A", "", "1.00"}.ubl()), "not_a_bank_file"},
		"cut off":    {camt("S", payment{"2026-11-02", "1.00", "A", "", "x"})[:500], "malformed"},
		"bad amount": {camt("S", payment{"2026-11-02", "1,00", "A", "", "x"}), "bad_amount"},
		"empty":      {"", "not_a_bank_file"},
	} {
		status, _, doc := b.call("POST", statements, "application/xml", c.body)
		if status != 422 || dig(doc, "errors", 0, "code") != "INVALID_BANK_STATEMENT" || dig(doc, "errors", 0, "meta", "reason") != c.reason {
			t.Errorf("%s: %d %v", name, status, doc)
		}
	}
	if n := pgtest.Query[int](t, b.dbURL, `SELECT (SELECT count(*) FROM transactions) + (SELECT count(*) FROM bank_statements)`); n != 0 {
		t.Errorf("refused files left %d rows", n)
	}
}

// decide sends a decision.
func (b *bench) decide(key, task, attributes string) (int, map[string]any) {
	b.Helper()
	status, _, doc := b.callAs(key, "POST", tasks+"/"+task+"/decisions", jt, `{"data":{"type":"enrichment_task_decision","attributes":{`+attributes+`}}}`)
	return status, doc
}

// ambiguous makes two bills that one payment could pay, and returns the task that
// asks about it.
func (b *bench) ambiguous() (invoices []string, ask client.Resource) {
	b.Helper()
	b.books()
	for _, v := range []bill{{"ABO-10", "2026-11-01", "Wolkenspeicher AG", "", "49.00"}, {"ABO-11", "2026-11-03", "Wolkenspeicher AG", "", "49.00"}} {
		invoices = append(invoices, b.bill(v))
	}
	doc := b.importCamt(camt("STMT-9", payment{"2026-11-09", "49.00", "WOLKENSPEICHER AG", "", "Abo"}))
	for _, t := range b.idle("reconcile", text(dig(doc, "data", "id"))) {
		if t.Text("status") == "awaiting_approval" {
			return invoices, t
		}
		raw, _ := json.Marshal(t.Attributes)
		b.Logf("%s", raw)
	}
	b.Fatal("nothing was asked")
	return nil, ask
}

// A match is shown with its evidence, approved by item, and then pays its invoice.
func TestAPersonApprovesAMatch(t *testing.T) {
	b := setup(t)
	_, ask := b.ambiguous()
	items := itemsOf(ask)
	if len(items) != 1 {
		t.Fatalf("items %v", items)
	}
	var output map[string]any
	_ = json.Unmarshal(ask.Attributes["output"], &output)
	link := dig(output, "links", 0)
	if dig(link, "edge_status") != "provisional" || dig(link, "evidence", 0, "signal") == nil || dig(link, "runner_up", "invoice_id") == nil {
		t.Errorf("link %v", link)
	}
	invoice := text(dig(link, "invoice_id"))
	if got := b.status(invoice); got != "unpaid 0" {
		t.Errorf("before the decision the invoice is %s", got)
	}
	status, doc := b.decide(b.api.Key, ask.ID, fmt.Sprintf(`"decision":"approve","accept":["%s"],"apply_now":true,"reason":"seen","reviewed_output_hash":%s`, items[0].ID, ask.Meta["output_hash"]))
	if status != 201 || dig(doc, "data", "attributes", "decided_by") != "test" {
		t.Fatalf("%d %v", status, doc)
	}
	task := b.decided(ask.ID)
	if task.Text("status") != "completed" || !strings.Contains(task.Text("description"), "Approved") {
		t.Errorf("%s: %s", task.Text("status"), task.Text("description"))
	}
	if got := b.status(invoice); got != "paid 49.00" {
		t.Errorf("after the decision the invoice is %s", got)
	}
	values, err := b.process.db.FieldValues(context.Background(), pgtest.Workspace, record.EntityLink, items[0].ID)
	if err != nil || len(values) == 0 {
		t.Fatal(values, err)
	}
	for _, v := range values {
		if v.Field == "edge_status" && v.ActiveUntil == nil && (v.Value != `"confirmed"` || v.Origin != "accepted_suggestion" || v.Evidence[0].Quote != "seen") {
			t.Errorf("the edge's value is %+v", v)
		}
	}
}

// decided waits until a decision on a task was carried out.
func (b *bench) decided(id string) client.Resource {
	b.Helper()
	for range 800 {
		task, err := b.api.Task(context.Background(), id)
		if err == nil && (task.Text("status") == "completed" || task.Text("status") == "rejected") {
			return task
		}
		time.Sleep(25 * time.Millisecond)
	}
	b.Fatal("the decision was not carried out")
	return client.Resource{}
}

// A rejected match is not proposed again.
func TestARejectedMatchStaysAway(t *testing.T) {
	b := setup(t)
	_, ask := b.ambiguous()
	status, doc := b.decide(b.api.Key, ask.ID, `"decision":"reject","apply_now":true,"reason":"not ours"`)
	if status != 201 {
		t.Fatalf("%d %v", status, doc)
	}
	task := b.decided(ask.ID)
	if task.Text("status") != "rejected" || !strings.Contains(string(task.Attributes["output"]), "not ours") {
		t.Errorf("%s %s", task.Text("status"), task.Attributes["output"])
	}
	var output map[string]any
	_ = json.Unmarshal(ask.Attributes["output"], &output)
	declined := text(dig(output, "links", 0, "invoice_id"))
	status, _, made := b.call("POST", tasks, jt, create(fmt.Sprintf(`"entity_type":"invoice","entity_id":"%s","enrichment_type":"reconcile"`, declined)))
	if status != 201 {
		t.Fatalf("%d %v", status, made)
	}
	for _, again := range b.idle("reconcile", declined) {
		if strings.Contains(string(again.Attributes["output"]), `"edge_status":"provisional"`) {
			t.Errorf("proposed again: %s", again.Attributes["output"])
		}
	}
}

// heldBy makes a key with every scope that is not a person's.
func (b *bench) heldBy(holder string) string {
	b.Helper()
	token, key, hash := api.NewKey(pgtest.Workspace, "robot", holder, api.Scopes())
	if err := b.process.db.AddKey(context.Background(), key, hash); err != nil {
		b.Fatal(err)
	}
	return token
}

// linksAfter reads bills and then a statement, in this order or turned round, and
// returns the confirmed links. killed has the worker die in the middle of the matching.
func linksAfter(t *testing.T, turned, killed bool) string {
	url := pgtest.URL(t)
	b := setupOn(t, url, roleAPI)
	var bills []bill
	var payments []payment
	for i := range 12 {
		v := bill{fmt.Sprintf("R%d-77%02d", i%5, 10+i), fmt.Sprintf("2026-10-%02d", 1+i), fmt.Sprintf("Lieferant %c GmbH", 'A'+i%5), "", fmt.Sprintf("%d.50", 90+13*(i/2))}
		bills = append(bills, v)
		payments = append(payments, payment{fmt.Sprintf("2026-10-%02d", 12+i), v.amount, strings.ToUpper(v.supplier), "", "Rechnung " + v.number})
	}
	if turned {
		slices.Reverse(bills)
		slices.Reverse(payments)
	}
	first := b.serve()
	var documents []string
	for _, v := range bills {
		documents = append(documents, b.upload(v.number+".xml", v.ubl()).ID)
	}
	for _, id := range documents {
		b.until("ai_invoice", id)
		b.idle("reconcile", record.DerivedID(pgtest.Workspace, record.EntityInvoice, id))
	}
	_, _, doc := b.call("POST", statements, "application/xml", camt("S", payments...))
	if killed {
		_ = first.Process.Kill()
		b.serve()
	}
	b.idle("reconcile", text(dig(doc, "data", "id")))
	return pgtest.Query[string](t, url, `SELECT string_agg(i.invoice_number || ' ' || t.remittance[1] || ' ' || l.amount, ', ' ORDER BY i.invoice_number)
		FROM invoice_transactions l JOIN invoices i USING (workspace_pk, invoice_id) JOIN transactions t USING (workspace_pk, transaction_id)
		WHERE l.edge_status = 'confirmed'`)
}

// serve starts a worker process of its own.
func (b *bench) serve(env ...string) *exec.Cmd {
	b.Helper()
	cmd := enrichd([]string{"serve", "--roles", "worker", "--addr", "127.0.0.1:0", "--blobs", b.blobs}, append([]string{"DATABASE_URL=" + b.dbURL}, env...)...)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd
}

// The same books in another order, with a worker killed in between, end in the
// same links.
func TestSameLinksInAnyOrder(t *testing.T) {
	want := linksAfter(t, false, false)
	if strings.Count(want, ", ") != 11 {
		t.Errorf("links %s", want)
	}
	if got := linksAfter(t, true, true); got != want {
		t.Errorf("turned round and killed:\n%s\nin order:\n%s", got, want)
	}
}

// A person's edit stands against what tasks read later; what they read becomes a
// suggestion, which the person may accept.
func TestEditsAndSuggestions(t *testing.T) {
	b := setup(t)
	v := bill{"E-1", "2026-10-01", "Lieferant A GmbH", "", "100.00"}
	invoice := b.bill(v)
	path := "/v1/invoices/" + invoice
	patch := func(key, attributes string) (int, map[string]any) {
		status, _, doc := b.callAs(key, "PATCH", path, jt, fmt.Sprintf(`{"data":{"type":"invoice","id":"%s","attributes":{%s}}}`, invoice, attributes))
		return status, doc
	}
	for _, c := range []struct {
		name, key, attributes string
		status                int
		code                  string
	}{
		{"no date", b.api.Key, `"due_date":"soon"`, 422, "INVALID_VALUE"},
		{"a day that is none", b.api.Key, `"due_date":"2026-02-30"`, 422, "INVALID_VALUE"},
		{"no amount", b.api.Key, `"grand_total":"1,5"`, 422, "INVALID_VALUE"},
		{"read-only", b.api.Key, `"payment_status":"paid"`, 403, "ATTRIBUTE_READ_ONLY"},
		{"an agent", b.heldBy("agent"), `"due_date":"2026-11-11"`, 403, "FORBIDDEN"},
	} {
		if status, doc := patch(c.key, c.attributes); status != c.status || dig(doc, "errors", 0, "code") != c.code {
			t.Errorf("%s: %d %v", c.name, status, doc)
		}
	}
	status, doc := patch(b.api.Key, `"invoice_number":"MINE-1","due_date":"2026-11-11"`)
	if status != 200 || dig(doc, "data", "attributes", "invoice_number") != "MINE-1" || dig(doc, "data", "attributes", "due_date") != "2026-11-11" {
		t.Fatalf("%d %v", status, doc)
	}
	if list := b.idle("reconcile", invoice); len(list) != 2 || list[0].Text("source_channel") != "cell_edit" {
		t.Errorf("what follows from an edit: %d tasks", len(list))
	}
	// It is read again: the person's word stands.
	document := text(dig(doc, "data", "attributes", "document_id"))
	if status, _, doc := b.call("POST", tasks, jt, `{"meta":{"force":true},`+create(fmt.Sprintf(`"entity_type":"document","entity_id":"%s","enrichment_type":"ai_invoice"`, document))[1:]); status != 201 {
		t.Fatalf("%d %v", status, doc)
	}
	b.idle("ai_invoice", document)
	if _, _, doc = b.call("GET", path, "", ""); dig(doc, "data", "attributes", "invoice_number") != "MINE-1" {
		t.Errorf("a task overwrote a person's value: %v", doc)
	}
	query := "/v1/field-values?" + url.Values{"filter[entity_id]": {invoice}, "filter[decision]": {"suggested"}, "filter[field]": {"invoice_number"}}.Encode()
	_, _, doc = b.call("GET", query, "", "")
	offered := text(dig(doc, "data", 0, "id"))
	if dig(doc, "data", 0, "attributes", "value") != "E-1" || dig(doc, "data", 0, "attributes", "evidence", 0, "ref", "path") == nil {
		t.Fatalf("the suggestion is %v", doc)
	}
	accept := fmt.Sprintf(`{"data":{"type":"field_value","id":"%s","attributes":{"decision":"applied"}}}`, offered)
	for _, want := range []int{200, 409} { // once
		if status, _, doc := b.call("PATCH", "/v1/field-values/"+offered, jt, accept); status != want {
			t.Fatalf("%d %v", status, doc)
		}
	}
	if _, _, doc = b.call("GET", path, "", ""); dig(doc, "data", "attributes", "invoice_number") != "E-1" {
		t.Errorf("after accepting: %v", doc)
	}
}
