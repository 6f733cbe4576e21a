package reader

import (
	"strings"
	"testing"
	"unicode"
)

func wordsFrom(text string) []Word {
	var words []Word
	for _, w := range strings.Fields(text) {
		words = append(words, Word{Text: w})
	}
	return words
}

// shifted moves letters on, as a font with an encoding of its own does.
func shifted(text string, by rune) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLower(r) && r < 128 {
			return 'a' + (r-'a'+by)%26
		}
		return r
	}, text)
}

const (
	english = "Please transfer the amount within thirty days of the date of this invoice, with its number as reference. Thank you for your business."
	french  = "Nous vous prions de bien vouloir régler la facture dans les trente jours suivant sa réception. Les marchandises restent notre propriété."
	german  = "Bitte überweisen Sie den Rechnungsbetrag innerhalb von vierzehn Tagen auf unser Konto. Die Ware bleibt bis zur vollständigen Zahlung unser Eigentum."
	spanish = "Le rogamos que realice el pago de esta factura dentro de los treinta días siguientes a la fecha de emisión. Muchas gracias por su compra."
	italian = "Si prega di effettuare il pagamento della presente fattura entro trenta giorni dalla data di emissione. Grazie per il vostro acquisto."
	dutch   = "Gelieve het bedrag van deze factuur binnen dertig dagen over te maken op onze rekening onder vermelding van het nummer."
	greek   = "Παρακαλούμε καταβάλετε το ποσό του τιμολογίου εντός τριάντα ημερών από την ημερομηνία έκδοσης με αναφορά στον αριθμό του τιμολογίου"
)

func TestGarbledText(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		garbled bool
	}{
		"English": {english, false}, "French": {french, false}, "German": {german, false},
		"Spanish": {spanish, false}, "Italian": {italian, false}, "Dutch": {dutch, false}, "Greek": {greek, false},
		"a short text":      {"Total 12.50 EUR", false},
		"amounts":           {strings.Repeat("12.50 3,00 1'200.00 EUR ", 20), false},
		"codes":             {strings.Repeat("DE89370400440532013000 COBADEFFXXX X-2381-BRT ", 10), false},
		"dots to the price": {strings.Repeat("Bread ............ 3.20 ", 10), false},
		"letters moved on":  {shifted(english, 3), true},
		"moved on by seven": {shifted(german, 7), true},
		"signs for letters": {strings.Repeat("!\"#$ %&'( )*+, -./ ", 5), true},
		"private use":       {strings.Repeat("\ue001\ue002\ue003 ", 20), true},
		"replaced":          {strings.Repeat("Rech\ufffd\ufffdng ", 20), true},
	} {
		score := garbleScore(wordsFrom(c.text), 0)
		if garbled := score >= .5; garbled != c.garbled {
			t.Errorf("%s: score %.2f", name, score)
		}
	}
	if score := garbleScore(wordsFrom(english), 60); score < .5 {
		t.Errorf("half the characters unmapped: %.2f", score)
	}
}

func TestLanguages(t *testing.T) {
	for want, text := range map[string]string{"en": english, "fr": french, "de": german, "es": spanish, "it": italian, "nl": dutch, "": greek} {
		if got := languageOf(wordsFrom(text)); got != want {
			t.Errorf("%s: %q", want, got)
		}
	}
}

func TestReasonsForRecognition(t *testing.T) {
	words := wordsFrom(english)
	for name, c := range map[string]struct {
		page Page
		want string
	}{
		"a text":          {Page{Source: "text_layer", Words: words}, ""},
		"a blank page":    {Page{Source: "none", Blank: true}, ""},
		"a scan":          {Page{Source: "none", Images: 1}, ReasonNoText},
		"a stamped scan":  {Page{Source: "text_layer", Words: words[:2], Covered: .9}, ReasonPicture},
		"a page with art": {Page{Source: "text_layer", Words: words, Covered: .9}, ""},
		"a garbled text":  {Page{Source: "text_layer", Words: words, Garbled: true}, ReasonGarbled},
		"damaged":         {Page{Source: "none", Damaged: true}, ""},
		"read already":    {Page{Source: "ocr", Words: words[:1], Covered: 1}, ""},
	} {
		if got := c.page.OCRReason(); got != c.want || c.page.NeedsOCR() != (c.want != "") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestGrades(t *testing.T) {
	for confidence, want := range map[float64]string{0: "poor", .49: "poor", .5: "fair", .79: "fair", .8: "good", .89: "good", .9: "excellent", 1: "excellent"} {
		if got := gradeOf(confidence); got != want {
			t.Errorf("%g: %s, want %s", confidence, got, want)
		}
	}
}

// Names of attachments are shown to people and may become names of files.
func TestNamesOfAttachments(t *testing.T) {
	for name, want := range map[string]string{"a.xml": "a.xml", `C:\x\b.xml`: "b.xml", "../../etc/passwd": "passwd", "a\x00\u202eb": "ab", strings.Repeat("ä", 300): strings.Repeat("ä", 255)} {
		if got := nameOf(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}
