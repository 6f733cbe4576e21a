package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// A list that is watched is shown again when it changed and not otherwise, until Ctrl-C.
func TestWatch(t *testing.T) {
	b := setupOn(t, pgtest.URL(t), roleAPI)
	env := []string{"ENRICHD_URL=" + b.api.BaseURL, "ENRICHD_API_KEY=" + b.api.Key}
	cmd := enrichd([]string{"task", "list", "-w", "--interval", "100ms", "-o", "json"}, env...)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	shown := json.NewDecoder(bufio.NewReader(stdout))
	var list struct{ Data []json.RawMessage }
	for want := range 3 {
		if err := shown.Decode(&list); err != nil || len(list.Data) != want {
			t.Fatalf("shown: %d tasks, %v; want %d", len(list.Data), err, want)
		}
		time.Sleep(350 * time.Millisecond) // a few looks at what did not change: the next text must be another
		if want < 2 {
			b.enqueue(want)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(shown.Buffered())
	more, _ := io.ReadAll(stdout)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || strings.TrimSpace(string(rest)+string(more)) != "" {
		t.Errorf("ended with %d after %q%q", code, rest, more)
	}
}

// A watch that cannot begin ends as the command alone does.
func TestWatchThatCannotBegin(t *testing.T) {
	b := setupOn(t, pgtest.URL(t), roleAPI)
	for _, args := range [][]string{{"task", "view", "00000000-0000-4000-8000-000000000000", "--watch"}, {"task", "view", "00000000-0000-4000-8000-000000000000"}} {
		out, errs, code := output(t, enrichd(args, "ENRICHD_URL="+b.api.BaseURL, "ENRICHD_API_KEY="+b.api.Key))
		if code != exitNotFound || out != "" || strings.Count(errs, "enrichd:") != 1 {
			t.Errorf("%v: %d, %q, %q", args, code, out, errs)
		}
	}
}
