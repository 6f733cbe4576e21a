package main

import (
	"bytes"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
)

// Every code, status and reason for waiting is explained, with what to do; a word
// that is spelled wrong is met with the right one.
func TestExplain(t *testing.T) {
	words := map[string]bool{}
	for _, e := range explanations() {
		if e.Means == "" || e.Fix == "" || words[e.Word] {
			t.Errorf("%s: means %q, fix %q, or twice", e.Word, e.Means, e.Fix)
		}
		words[e.Word] = true
	}
	for _, s := range enrich.Statuses() {
		if !words[string(s)] {
			t.Errorf("the status %s is not explained", s)
		}
	}
	for code := range codeFixes() {
		if !words[code] {
			t.Errorf("there is no code %s", code)
		}
	}
	for word, want := range map[string]string{"output_changed": "decide on what it says now", "awaiting_approval": "approval view", "input_hash": "not done twice", "no_worker": "--roles worker"} {
		var out, errs bytes.Buffer
		if code := run([]string{"explain", word}, &out, &errs); code != exitOK || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %d %s%s", word, code, &out, &errs)
		}
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"explain", "awaiting"}, exitNotFound, "these begin so: awaiting_approval"},
		{[]string{"explain"}, exitOK, "status  awaiting_approval\n"},
		{[]string{"-o", "csv", "explain", "failed"}, exitOK, "fix,means,sort,word\n"},
		{[]string{"task", "list", "--api-key", "x", "--url", "http://127.0.0.1:1"}, exitTemporary, "the server at http://127.0.0.1:1 does not answer: "},
	} {
		var out, errs bytes.Buffer
		if code := run(c.args, &out, &errs); code != c.code || !strings.HasPrefix(out.String(), c.says) && !strings.Contains(out.String()+errs.String(), c.says) || strings.Contains(out.String()+errs.String(), "\x1b") {
			t.Errorf("%v: %d\n%s%s", c.args, code, &out, &errs)
		}
	}
	var out, errs bytes.Buffer
	if code := run([]string{"explain", "OUTPUT_CHANGD"}, &out, &errs); code != exitNotFound || !strings.Contains(errs.String(), "OUTPUT_CHANGED") {
		t.Errorf("a word that is spelled wrong: %d %s", code, &errs)
	}
}

// The script of bash completes commands below commands, and their flags.
func TestCompletion(t *testing.T) {
	for line, want := range map[string]string{"enrichd ret": "retention", "enrichd retention ": "restore", "enrichd task view --api": "--api-key"} {
		var script, errs bytes.Buffer
		if code := run([]string{"completion", "bash"}, &script, &errs); code != exitOK {
			t.Fatal(errs.String())
		}
		words := strings.Split(line, " ")
		ask := script.String() + "\nCOMP_WORDS=(" + strings.Join(words[:len(words)-1], " ") + " '" + words[len(words)-1] + "'); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _enrichd; echo \"${COMPREPLY[@]}\""
		got, err := exec.Command("bash", "-c", ask).CombinedOutput()
		if err != nil || !strings.Contains(" "+string(got), want) {
			t.Errorf("%q: %s %v", line, got, err)
		}
	}
	var out, errs bytes.Buffer
	if code := run([]string{"completion", "fish"}, &out, &errs); code != exitOK || !strings.Contains(out.String(), "-a retention") {
		t.Errorf("fish: %d %s", code, &errs)
	}
}

// The script for PowerShell knows for each path of commands what may come next. Where
// there is a PowerShell it completes with it.
func TestCompletionOfPowerShell(t *testing.T) {
	var script, errs bytes.Buffer
	if code := run([]string{"completion", "powershell"}, &script, &errs); code != exitOK {
		t.Fatal(errs.String())
	}
	lists := map[string][]string{}
	for _, m := range regexp.MustCompile(`(?m)^\t\t'([a-z0-9 -]*)' = '([a-z0-9 -]*)'$`).FindAllStringSubmatch(script.String(), -1) {
		lists[m[1]] = strings.Fields(m[2])
	}
	for path, want := range map[string]string{"": "retention", " retention": "restore", " retention restore": "--database-url", " task view": "--api-key", " completion": "--output"} {
		if !slices.Contains(lists[path], want) {
			t.Errorf("behind %q comes %v, without %s", "enrichd"+path, lists[path], want)
		}
	}
	for path, words := range lists {
		parent := path[:max(0, strings.LastIndex(path, " "))]
		if path != "" && !slices.Contains(lists[parent], path[len(parent)+1:]) {
			t.Errorf("nothing leads to %q", path)
		}
		if len(words) == 0 {
			t.Errorf("nothing comes behind %q", path)
		}
	}
	shell, err := exec.LookPath("pwsh")
	if err != nil {
		t.Log("there is no PowerShell here to complete with")
		return
	}
	for line, want := range map[string]string{"enrichd ret": "retention", "enrichd retention ": "move restore", "enrichd task view --api": "--api-key", "enrichd --output json retention m": "move"} {
		ask := script.String() + "\n(TabExpansion2 -inputScript '" + line + "' -cursorColumn " + strconv.Itoa(len(line)) + ").CompletionMatches.CompletionText -join ' '"
		got, err := exec.Command(shell, "-NoProfile", "-NonInteractive", "-Command", ask).CombinedOutput()
		if err != nil || !strings.HasPrefix(string(got), want) {
			t.Errorf("%q: %s %v", line, got, err)
		}
	}
}

// A bar is as full as its whole is done, and never longer than itself.
func TestBar(t *testing.T) {
	for done, full := range map[int64]int{-1: 0, 0: 0, 1: 0, 50: 15, 99: 29, 100: 30, 101: 30} {
		if got := bar(done, 100); strings.Count(got, "█") != full || strings.Count(got, "█")+strings.Count(got, "▒") != barWidth {
			t.Errorf("%d of 100: %q", done, got)
		}
	}
	if bar(0, 0) != "" {
		t.Error("a bar of nothing")
	}
}

// A list is there as lines of JSON and as a table for a spreadsheet.
func TestForms(t *testing.T) {
	list := map[string]any{"data": []map[string]any{
		{"type": "enrichment_task", "id": "1", "attributes": map[string]any{"status": "failed", "error": "a, \"b\"\n=cmd()", "input": map[string]any{"a": 1}}},
		{"type": "enrichment_task", "id": "2", "attributes": map[string]any{"status": "=1+1", "error": "-250.00"}},
	}}
	for form, want := range map[string]string{
		"jsonl": `{"attributes":{"error":"a, \"b\"\n=cmd()","input":{"a":1},"status":"failed"},"id":"1","type":"enrichment_task"}` + "\n" +
			`{"attributes":{"error":"-250.00","status":"=1+1"},"id":"2","type":"enrichment_task"}` + "\n",
		"csv": "id,error,input,status\n1,\"a, \"\"b\"\"\n=cmd()\",\"{\"\"a\"\":1}\",failed\n2,-250.00,,'=1+1\n",
	} {
		var out bytes.Buffer
		s := &streams{out: &out, json: true, form: form}
		if err := s.printJSON(list); err != nil || out.String() != want {
			t.Errorf("%s: %v\n%s", form, err, &out)
		}
	}
}
