package chaos

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A bug is planted in words of a statement. Where the statement is written anew
// the plant would do nothing, and the campaign would prove nothing.
func TestPlantsStandInTheStatements(t *testing.T) {
	statements := statementsOf(t)
	for _, plant := range Plants() {
		for _, change := range plant.changes {
			if !strings.Contains(statements, change[0]) {
				t.Errorf("%s: no statement has %q", plant.Name, change[0])
			}
		}
	}
}

// Nor would an ambush strike at a deed whose statement no longer has its mark.
func TestMarksStandInTheStatements(t *testing.T) {
	statements := statementsOf(t)
	for _, m := range marks {
		if !strings.Contains(statements, m.words) {
			t.Errorf("%s: no statement has %q", m.deed, m.words)
		}
	}
}

// statementsOf is the text of the room that all statements stand in, without its tests.
func statementsOf(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../postgres/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no statements: %v", err)
	}
	var statements strings.Builder
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		statements.Write(text)
	}
	return statements.String()
}
