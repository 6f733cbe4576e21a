package record

import "testing"

func TestValidBIC(t *testing.T) {
	for _, c := range []struct {
		name, bic string
		want      bool
	}{
		{"head office", "DEUTDEFF", true},
		{"branch", "DEUTDEFF500", true},
		{"head office spelled out", "NEDSZAJJXXX", true},
		{"digits in the party", "E097AEXXXXX", true},
		{"Kosovo", "NCBVXKPR", true},
		{"no such country", "DEUTXXFF", false},
		{"digit in the country", "DEUTD1FF", false},
		{"nine characters", "DEUTDEFF5", false},
		{"lower case", "deutdeff", false},
		{"spaces", "DEUT DE FF", false},
		{"line feed after it", "DEUTDEFF\n", false},
		{"not ASCII", "DÖUTDEF", false},
		{"empty", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ValidBIC(c.bic); got != c.want {
				t.Errorf("ValidBIC(%q) = %v", c.bic, got)
			}
		})
	}
}
