package cloudtasks_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/cloudtasks"
	"github.com/enrichd/enrichd/enrich"
)

// WRK-26, WRK-27: the names of tasks.
func TestTaskID(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{16}-[A-Za-z0-9_-]*-g[0-9_]+$`)
	seen := map[string]string{}
	heads := map[byte]bool{}
	for _, id := range []string{"0f8fad5b-d9cb-469f-a165-70867728950e", "1", "2", "3", "4", "5", "6", "7", "8", "9", "", "a/b", "a.b", "é", strings.Repeat("x", 600), strings.Repeat("x", 601), "a\x001"} {
		for _, generation := range []int{0, 1, 2, 11, 1<<31 - 1} {
			name := cloudtasks.TaskID(id, generation)
			if !form.MatchString(name) || len(name) > cloudtasks.MaxName || !strings.HasSuffix(name, fmt.Sprintf("-g%d", generation)) {
				t.Errorf("%.40q, %d: %s", id, generation, name)
			}
			if other, ok := seen[name]; ok {
				t.Errorf("%.40q and %.40q share the name %s", id, other, name)
			}
			if name != cloudtasks.TaskID(id, generation) {
				t.Error("a name changes")
			}
			seen[name], heads[name[0]] = id, true
		}
	}
	if len(heads) < 10 {
		t.Errorf("85 names begin with %d different digits", len(heads))
	}
	const want = "2667eb14e1e224c7-0f8fad5b-d9cb-469f-a165-70867728950e-g3"
	if got := cloudtasks.TaskID("0f8fad5b-d9cb-469f-a165-70867728950e", 3); got != want {
		t.Error(got)
	}
}

// Every kind has one queue, and every queue a kind.
func TestQueues(t *testing.T) {
	used := map[string]bool{}
	for _, kind := range enrich.Types() {
		q, err := cloudtasks.Queue(kind)
		if err != nil || !regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`).MatchString(q) {
			t.Errorf("%s: %q, %v", kind, q, err)
		}
		used[q] = true
	}
	for _, q := range cloudtasks.Queues() {
		if !used[q] {
			t.Errorf("no kind goes to %s", q)
		}
		delete(used, q)
	}
	if len(used) != 0 {
		t.Errorf("not listed: %v", used)
	}
	if q, err := cloudtasks.Queue("gardening"); err == nil {
		t.Errorf("a kind that nobody knows goes to %s", q)
	}
}

// The Terraform example makes the queues that kinds go to, and no others.
func TestTerraformMakesTheQueues(t *testing.T) {
	source, err := os.ReadFile("../deploy/terraform/variables.tf")
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, m := range regexp.MustCompile(`(?m)^ +"(enrichd-[a-z]+)" +=`).FindAllStringSubmatch(string(source), -1) {
		made = append(made, m[1])
	}
	if want := cloudtasks.Queues(); !slices.Equal(made, want) {
		t.Errorf("made %v, want %v", made, want)
	}
}
