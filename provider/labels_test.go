package provider_test

import (
	"os"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/provider"
)

// labelled is one bank label with its truth.
type labelled struct{ label, country, provider string }

func labels(t *testing.T, file string) []labelled {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var out []labelled
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n")[1:] {
		f := strings.Split(line, "\t")
		out = append(out, labelled{f[0], f[1], f[2]})
	}
	return out
}

// Precision of what is answered, and coverage: answered right or wrong, of the
// labels that have a provider.
func measure(t *testing.T, list []labelled, show bool) (precision, coverage float64) {
	t.Helper()
	m := provider.NewMatcher(provider.Catalogue())
	answered, right, having := 0, 0, 0
	for _, l := range list {
		if l.provider != "-" {
			having++
		}
		v := provider.Judge(m.Rank(provider.Counterparty{Country: l.country, Labels: []provider.Label{{Text: l.label, Count: 1}}}))
		if v.Decision == provider.Matched {
			answered++
			if v.Best.Provider.ID == l.provider {
				right++
			} else {
				t.Logf("wrong: %q is %s, answered %s at %.3f: %v", l.label, l.provider, v.Best.Provider.ID, v.Best.Match, v.Best.Evidence)
			}
		} else if show && l.provider != "-" {
			t.Logf("no answer: %q is %s: %s", l.label, l.provider, v.Reason)
		}
	}
	t.Logf("%d labels, %d with a provider: %d answered, %d right", len(list), having, answered, right)
	return float64(right) / float64(answered), float64(answered) / float64(having)
}

// Labels written as banks and processors print them, apart from the others, before the
// matcher was tried on them.
func TestLabelsAsPrinted(t *testing.T) { reach(t, "labels-as-printed.tsv", testing.Verbose()) }

func TestLabelsTuning(t *testing.T)  { reach(t, "labels-tuning.tsv", testing.Verbose()) }
func TestLabelsHeldOut(t *testing.T) { reach(t, "labels-held-out.tsv", false) }

func reach(t *testing.T, file string, show bool) {
	t.Helper()
	precision, coverage := measure(t, labels(t, file), show)
	t.Logf("precision %.3f, coverage %.3f", precision, coverage)
	if precision < 0.97 || coverage < 0.60 {
		t.Errorf("precision %.3f at coverage %.3f, want 0.97 at 0.60", precision, coverage)
	}
}
