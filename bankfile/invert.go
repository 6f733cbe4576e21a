package bankfile

import (
	"slices"
	"strings"
)

// cardHeadings stand on lists of what a card paid, and in no list of an account.
var cardHeadings = []string{"card member", "cardmember", "karteninhaber", "titulaire de la carte", "extended details", "appears on your statement as", "purchased by", "clearing date", "trans date"}

// invert finds lists of cards that write what was spent without a minus: most
// amounts are positive, nothing else says the sign or proves it, and the headings
// are those of a card or the bill was paid with a minus.
func (c *columns) invert(m *Mapping) {
	if m.Amount == 0 || m.Mark > 0 || m.Balance > 0 {
		return
	}
	spent, paid, thanked := 0, 0, false
	for _, row := range c.rows {
		switch _, negative, _ := bare(at1(row, m.Amount)); {
		case at1(row, m.Amount) == "":
		case negative:
			paid++
			thanked = thanked || slices.ContainsFunc(row, isCardPayment)
		default:
			spent++
		}
	}
	card := slices.ContainsFunc(c.header, func(name string) bool { return slices.Contains(cardHeadings, headingWords(name)) })
	if spent > paid && (card || thanked) {
		m.Inverted = true
		m.doubt("The table seems to be that of a card, with what was spent as positive amounts: they were read as money that went out.")
	}
}

// isCardPayment recognises the row in which the bill of a card was paid.
func isCardPayment(cell string) bool {
	text := normalHeading(cell)
	return len(cell) <= maxHeading && strings.Contains(text, "payment") && (strings.Contains(text, "thank you") || strings.Contains(text, "autopay") || strings.Contains(text, "payment received"))
}
