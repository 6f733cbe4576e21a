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
	files, err := filepath.Glob("../postgres/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no statements: %v", err)
	}
	var statements strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		statements.Write(text)
	}
	for _, plant := range Plants() {
		for _, change := range plant.changes {
			if !strings.Contains(statements.String(), change[0]) {
				t.Errorf("%s: no statement has %q", plant.Name, change[0])
			}
		}
	}
}
