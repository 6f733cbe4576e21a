package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// eml is a message with files attached.
func eml(id string, files map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From: Shop <Bills@Shop.example>\r\nSubject: Your invoice\r\nMessage-ID: <%s>\r\nDate: Mon, 2 Nov 2026 10:00:00 +0100\r\n", id)
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\nHello\r\n")
	for name, content := range files {
		fmt.Fprintf(&b, "--B\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=%s\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n",
			name, base64.StdEncoding.EncodeToString([]byte(content)))
	}
	return b.String() + "--B--\r\n"
}

// TestEmailImport: the message and its attachments are kept, the attachment is read on
// the channel of e-mails, and the same message again changes nothing.
func TestEmailImport(t *testing.T) {
	b := setup(t)
	body := eml("a@shop.example", map[string]string{"bill.xml": string(bill{"R-9", "2026-11-01", "Shop", "", "20.00"}.ubl()), "winmail.dat": "x"})
	status, _, doc := b.call("POST", "/v1/emails", "message/rfc822", body)
	if status != 201 || dig(doc, "data", "attributes", "sender") != "bills@shop.example" || dig(doc, "data", "attributes", "refused", 0, "code") != "winmail" {
		t.Fatalf("import: %d %v", status, doc)
	}
	document, _ := dig(doc, "data", "attributes", "attachments", 0, "document_id").(string)
	task := b.until("ai_invoice", document)
	if task.Text("status") != "completed" {
		t.Errorf("the attachment's invoice is %s", task.Text("status"))
	}
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM enrichment_tasks WHERE source_channel = 'email_import' AND enrichment_type = 'ocr_extract'`); n != 1 {
		t.Errorf("%d tasks of the channel", n)
	}
	for name, again := range map[string]string{
		"the same bytes":      body,
		"the same Message-ID": eml("a@shop.example", map[string]string{"other.txt": "y"}),
	} {
		status, _, stood := b.call("POST", "/v1/emails", "message/rfc822", again)
		if status != 200 || dig(stood, "data", "id") != dig(doc, "data", "id") {
			t.Errorf("%s: %d %v", name, status, dig(stood, "data", "id"))
		}
	}
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM documents`); n != 2 {
		t.Errorf("%d documents, want the message and its invoice", n)
	}
}

// TestUploadedEmail: a message that comes as a document takes the road of e-mails: its
// attachment is read, and who wrote it is looked up.
func TestUploadedEmail(t *testing.T) {
	b := setup(t)
	body := strings.Replace(eml("u@shop.example", map[string]string{"bill.xml": string(bill{"R-8", "2026-11-01", "Shop", "", "20.00"}.ubl())}),
		"Shop <Bills@Shop.example>", "Ada Lovelace <ada.lovelace@shop.example>", 1)
	status, _, doc := b.call("POST", "/v1/documents", "application/octet-stream", body)
	if status != 201 || dig(doc, "data", "attributes", "mime_type") != "message/rfc822" {
		t.Fatalf("upload: %d %v", status, doc)
	}
	message, _ := dig(doc, "data", "id").(string)
	if task := b.until("ai_people", message); task.Text("status") != "completed" {
		t.Errorf("the sender's task is %s: %s", task.Text("status"), task.Text("description"))
	}
	if got := pgtest.Query[string](t, b.dbURL, `SELECT full_name || ' ' || email FROM people`); got != "Ada Lovelace ada.lovelace@shop.example" {
		t.Errorf("people: %s", got)
	}
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM documents`); n != 2 {
		t.Errorf("%d documents, want the message and its invoice", n)
	}
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM enrichment_tasks WHERE enrichment_type = 'ocr_extract'`); n != 1 {
		t.Errorf("%d files are read, want the attachment alone", n)
	}
	if status, _, again := b.call("POST", "/v1/documents", "application/octet-stream", body); status != 200 || dig(again, "data", "id") != message {
		t.Errorf("the same message again: %d %v", status, dig(again, "data", "id"))
	}
}

func TestEmailRefused(t *testing.T) {
	b := setup(t)
	for name, c := range map[string]struct{ body, reason string }{
		"a PDF":     {"%PDF-1.7\n", "not_an_email"},
		"nothing":   {"", "not_an_email"},
		"too many":  {"Subject: x\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n" + strings.Repeat("--B\r\n\r\nx\r\n", 1000), "too_many_parts"},
		"only text": {"Subject: x\r\n\r\nHello", ""},
	} {
		status, _, doc := b.call("POST", "/v1/emails", "message/rfc822", c.body)
		if c.reason == "" && status != 201 || c.reason != "" && (status != 422 || dig(doc, "errors", 0, "code") != "INVALID_EMAIL" || dig(doc, "errors", 0, "meta", "reason") != c.reason) {
			t.Errorf("%s: %d %v", name, status, doc)
		}
	}
}
