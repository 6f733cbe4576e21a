package kindtest_test

import (
	"fmt"
	"testing"

	"github.com/enrichd/enrichd/kind/kindtest"
)

// An issuer is in one part however its name is written, and a third is held out.
func TestPart(t *testing.T) {
	if a, b := kindtest.Part("Bei Spiel GmbH"), kindtest.Part("BEI-SPIEL GMBH."); a != b {
		t.Errorf("one issuer is in two parts: %s, %s", a, b)
	}
	held := 0
	for i := range 3000 {
		if kindtest.Part(fmt.Sprintf("Company %d Ltd", i)) == kindtest.HeldOut {
			held++
		}
	}
	if held < 800 || held > 1200 {
		t.Errorf("%d of 3000 issuers are held out, want about 1000", held)
	}
}
