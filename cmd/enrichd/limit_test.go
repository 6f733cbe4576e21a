package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// An operator pauses a type: its tasks wait and say why, over the API, on the
// command line and on the page, until the operator resumes it.
func TestOperatorPausesAType(t *testing.T) {
	b := setup(t)
	operate := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(append([]string{"limit"}, append(args, "--database-url", b.dbURL)...), &out, &errs); code != want {
			t.Fatalf("%v ended with %d: %s%s", args, code, out.String(), errs.String())
		}
		return out.String()
	}
	operate(exitOK, "pause", "type:ocr_extract", "--for", "1h", "--why", "Maintenance.")
	doc := b.upload("a.xml", []byte("<a/>"))
	_, _, list := b.call("GET", "/v1/enrichment-tasks?filter[entity_id]="+doc.ID, "", "")
	reason := dig(list, "data", 0, "meta", "wait_reason")
	if dig(reason, "code") != enrich.WaitPaused || !strings.Contains(text(dig(reason, "words")), "Maintenance.") || dig(reason, "until") == nil {
		t.Fatalf("wait_reason %v", reason)
	}
	id := text(dig(list, "data", 0, "id"))
	var out, errs bytes.Buffer
	if code := run([]string{"task", "view", id, "--url", b.url, "--api-key", b.api.Key}, &out, &errs); code != exitOK || !strings.Contains(out.String(), "Maintenance.") {
		t.Errorf("task view ended with %d: %s%s", code, out.String(), errs.String())
	}
	if _, _, page := b.call("GET", "/tasks/"+id, "", ""); !strings.Contains(text(page["text"]), "Maintenance.") {
		t.Error("the page does not say why the task waits")
	}
	if listed := operate(exitOK, "list"); !strings.Contains(listed, "type:ocr_extract") || !strings.Contains(listed, "paused until") {
		t.Errorf("limit list: %s", listed)
	}
	operate(exitOK, "resume", "type:ocr_extract")
	b.until("ocr_extract", doc.ID)
	operate(exitOK, "set", "type:ocr_extract", "--running", "3", "--per-minute", "90", "--burst", "2")
	if listed := operate(exitOK, "list"); !strings.Contains(listed, "at most 3 at the same time, at most 90 a minute, 2 at once") {
		t.Errorf("limit list: %s", listed)
	}
	operate(exitOK, "weight", pgtest.Workspace, "3")
	operate(exitNotFound, "weight", "nobody", "3")
	operate(exitNotFound, "pause", "type:logos")
	operate(exitNotFound, "pause", "provider:nobody")
	operate(exitUsage, "pause", "ocr_extract")
	operate(exitUsage, "pause", "type:ocr_extract", "--for", (-time.Hour).String())
}
