package provider_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/provider"
)

// Every line of the catalogue is an entry, and every entry can be found.
func TestCatalogue(t *testing.T) {
	raw, err := os.ReadFile("catalogue.tsv")
	if err != nil {
		t.Fatal(err)
	}
	list := provider.Catalogue()
	if lines := strings.Count(strings.TrimSpace(string(raw)), "\n"); len(list) != lines || len(list) < 60 {
		t.Errorf("%d entries of %d lines", len(list), lines)
	}
	slug, host, seen := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`), regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`), map[string]bool{}
	matcher := provider.NewMatcher(list)
	for _, p := range list {
		if !slug.MatchString(p.ID) || seen[p.ID] || p.Name == "" || p.Category == "" || len(p.Hosts) == 0 || len(p.Terms) == 0 {
			t.Errorf("%+v", p)
		}
		seen[p.ID] = true
		for _, h := range p.Hosts {
			if !host.MatchString(h) {
				t.Errorf("%s: host %q", p.ID, h)
			}
			v := provider.Judge(matcher.Rank(provider.Counterparty{Domain: "billing." + h}))
			if v.Decision != provider.Matched || v.Best.Provider.ID != p.ID {
				t.Errorf("%s: the domain billing.%s gives %+v", p.ID, h, v.Best)
			}
		}
	}
}

func TestPriority(t *testing.T) {
	much := provider.Worth{MonthsSeen: 11, WithoutInvoice: 9, Amount: 1043.20}
	if p := provider.Priority(much, 0); p < 60 || p > 80 {
		t.Errorf("priority %d", p)
	}
	for name, c := range map[string]struct {
		less     provider.Worth
		refusals int
	}{
		"fewer":   {provider.Worth{MonthsSeen: 11, WithoutInvoice: 2, Amount: 1043.20}, 0},
		"rarer":   {provider.Worth{MonthsSeen: 1, WithoutInvoice: 9, Amount: 1043.20}, 0},
		"smaller": {provider.Worth{MonthsSeen: 11, WithoutInvoice: 9, Amount: 10}, 0},
		"refused": {much, 1},
	} {
		if a, b := provider.Priority(c.less, c.refusals), provider.Priority(much, 0); a >= b {
			t.Errorf("%s: %d is not below %d", name, a, b)
		}
	}
	if provider.Priority(provider.Worth{MonthsSeen: 11}, 0) != 0 {
		t.Error("nothing is missing, and it is worth something")
	}
}

// One label of many that names a provider is not enough, and a refused provider
// makes no room for a worse one to be taken for it.
func TestJudge(t *testing.T) {
	m := provider.NewMatcher(provider.Catalogue())
	mixed := provider.Counterparty{Labels: []provider.Label{{Text: "HETZNER ONLINE GMBH", Count: 1}, {Text: "REWE MARKT", Count: 9}}}
	if v := provider.Judge(m.Rank(mixed)); v.Decision != provider.None {
		t.Errorf("one label of ten: %+v", v.Best)
	}
	refused := provider.Counterparty{Labels: []provider.Label{{Text: "GITHUB.COM", Count: 3}}, Refused: []string{"github"}}
	if v := provider.Judge(m.Rank(refused)); v.Decision != provider.None || v.Reason != provider.PreviouslyRefused || len(v.Refusals) != 1 {
		t.Errorf("refused: %+v", v)
	}
}
