package main

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/enrichd/enrichd/demo"
)

// Garbage ends as a typed error or as a task with its reason; the worker goes on.
func TestGarbage(t *testing.T) {
	b := setup(t)
	files, err := demo.Files()
	if err != nil {
		t.Fatal(err)
	}
	ubl := string(files[0].Content)
	root := ubl[strings.Index(ubl, "<Invoice"):]
	for _, c := range []struct{ name, content, status, reason string }{
		{"empty.xml", "", "failed", "not_xml"},
		{"doctype.xml", `<!DOCTYPE Invoice [<!ENTITY a "b">]>` + root, "failed", "doctype"},
		{"external.xml", `<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:1/x.dtd">` + root, "failed", "doctype"},
		{"deep.xml", strings.Repeat("<a>", 200_000) + strings.Repeat("</a>", 200_000), "failed", "too_deep"},
		{"two-roots.xml", root + root, "failed", "trailing_content"},
		{"pdf-named.xml", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "failed", "damaged"},
		{"nul.xml", strings.Replace(ubl, "2026-0871", "\x00", 1), "failed", ""},
		{"escaped-nul.xml", strings.Replace(ubl, "2026-0871", "&#0;", 1), "failed", ""},
		{"data.json", `{"invoice_number": "\u0000"}`, "rejected", "unsupported_format"},
		{"text.txt", "milk, eggs, bread", "failed", "not_xml"},
		{"latin.xml", `<?xml version="1.0" encoding="ISO-8859-1"?>` + "<a>\xe9</a>", "rejected", "unknown_format"},
		{"binary.bin", strings.Repeat("\x00\xff\x01", 1000), "failed", ""},
		{"order.xml", string(files[6].Content), "rejected", "unknown_format"},
		{"nan.xml", strings.Replace(ubl, ">741.47<", ">NaN<", 1), "failed", "unreadable_total"},
	} {
		doc := b.upload(c.name, []byte(c.content))
		task := b.until("ocr_extract", doc.ID)
		reason := task.Text("error") + string(task.Attributes["output"])
		if task.Text("status") != c.status || !strings.Contains(reason, c.reason) || task.Text("description") == "" || task.Text("completed_at") == "" {
			t.Errorf("%s: %s, error %q, output %s, description %q; want %s %s", c.name, task.Text("status"), task.Text("error"),
				task.Attributes["output"], task.Text("description"), c.status, c.reason)
		}
	}
	good := b.upload("good.xml", []byte(ubl))
	if task := b.until("ai_invoice", good.ID); task.Text("status") != "completed" {
		t.Errorf("after all that a good invoice is %s: %s", task.Text("status"), task.Text("error"))
	}
}

// endless is a body that does not end by itself.
type endless struct{ sent atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.sent.Add(int64(len(p))) > 1<<30 {
		return 0, io.EOF
	}
	return len(p), nil
}

// A body of 1 GiB is refused after its limit, and costs no memory.
func TestGiganticBodies(t *testing.T) {
	b := setup(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for path, contentType := range map[string]string{"/v1/documents": "application/octet-stream", tasks: jt} {
		body := &endless{}
		req, err := http.NewRequestWithContext(context.Background(), "POST", b.url+path, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Authorization", "Bearer "+b.api.Key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		if sent := body.sent.Load(); sent > 80<<20 {
			t.Errorf("%s read %d MiB before it refused", path, sent>>20)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.Sys) - int64(before.Sys); grown > 64<<20 {
		t.Errorf("memory grew by %d MiB", grown>>20)
	}
}
