package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/chaos"
)

// The smoke test of the engine: the most telling faults for some seconds, by a
// fixed seed. When it fails it prints the command that plays the same again.
func TestChaosSmoke(t *testing.T) {
	stdout, stderr, code := output(t, enrichd([]string{"chaos", "--smoke", "--seed", "1", "--for", "16s"}))
	if code != 0 {
		t.Fatalf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	t.Log(strings.TrimSpace(stdout))
}

// The same where a service pushes the tasks: relays and push workers are processes of
// their own, and the service errs as well.
func TestChaosSmokeByCloudTasks(t *testing.T) {
	const faults = "kill-worker,kill-relay,lose-commits,lose-answers,push-twice,push-late,push-deadline"
	stdout, stderr, code := output(t, enrichd([]string{"chaos", "--dispatch", "cloudtasks", "--only", faults, "--seed", "8", "--for", "8s"}))
	if code != 0 {
		t.Fatalf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	if strings.Contains(stdout, " 0 copies") || !strings.Contains(stdout, " pushes: ") {
		t.Errorf("nothing was pushed twice: %s", stdout)
	}
	t.Log(strings.TrimSpace(stdout))
}

// Faults of the service are for where there is one.
func TestChaosFaultsOfTheService(t *testing.T) {
	_, stderr, code := output(t, enrichd([]string{"chaos", "--only", "push-twice"}))
	if code != exitUsage || !strings.Contains(stderr, "there is no fault") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	for dispatch, want := range map[string]bool{"postgres": false, "cloudtasks": true} {
		stdout, stderr, code := output(t, enrichd([]string{"chaos", "--plan", "--dispatch", dispatch, "--for", "3m"}))
		if code != 0 || strings.Contains(stdout, "kill-relay") != want {
			t.Errorf("the plan with %s: exit %d, %s%s", dispatch, code, stdout, stderr)
		}
	}
}

// The schedule is a function of the seed: the same command prints the same one, and
// every failure names that command.
func TestChaosSchedule(t *testing.T) {
	plan := func(seed string) string {
		stdout, stderr, code := output(t, enrichd([]string{"chaos", "--plan", "--seed", seed, "--for", "60s"}))
		if code != 0 || stdout == "" {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		return stdout
	}
	if first, again := plan("7"), plan("7"); first != again {
		t.Error("two runs of one seed differ")
	}
	if plan("7") == plan("8") {
		t.Error("two seeds have one schedule")
	}
	stdout, _, code := output(t, enrichd([]string{"chaos", "--list", "-o", "json"}))
	var listed struct {
		Faults []struct {
			Name string `json:"name"`
		} `json:"faults"`
	}
	if err := json.Unmarshal([]byte(stdout), &listed); err != nil || code != 0 {
		t.Fatalf("exit %d: %v", code, err)
	}
	all := plan("1")
	for _, f := range listed.Faults {
		if !strings.Contains(all, f.Name) && len(chaos.Schedule(1, 1<<37, []string{f.Name})) == 0 {
			t.Errorf("the fault %s is never chosen", f.Name)
		}
	}
	_, stderr, code := output(t, enrichd([]string{"chaos", "--only", "nonsense"}))
	if code != exitUsage || !strings.Contains(stderr, "kill-worker") {
		t.Errorf("a fault that there is not: exit %d, %s", code, stderr)
	}
}

// Every fault of the catalogue that concerns what is built is there.
func TestChaosFaultsAreTheCatalogues(t *testing.T) {
	have := map[int]bool{13: true, 14: true} // a full disk is a campaign of its own: it needs the right to mount
	for _, f := range chaos.Faults() {
		have[f.No] = true
	}
	for _, no := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 23, 26, 27, 28, 31, 32, 37, 38, 39, 19, 20, 21} {
		if !have[no] {
			t.Errorf("fault %d is missing", no)
		}
	}
}
