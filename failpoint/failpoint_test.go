package failpoint_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/enrichd/enrichd/failpoint"
)

// The program as it is shipped holds no failpoint.
func TestShippedProgramHoldsNone(t *testing.T) {
	name := filepath.Join(t.TempDir(), "enrichd")
	if out, err := exec.Command("go", "build", "-o", name, "github.com/enrichd/enrichd/cmd/enrichd").CombinedOutput(); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	program, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(program, []byte("enrichment_dispatches")) {
		t.Fatal("this is not the program")
	}
	for _, place := range failpoint.Names() {
		if bytes.Contains(program, []byte(place)) {
			t.Errorf("the program holds the failpoint %s", place)
		}
	}
}
