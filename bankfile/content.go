package bankfile

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/currency"
)

func isSomeDate(s string) bool {
	return slices.ContainsFunc(dateLayouts, func(l string) bool { _, ok := tableDay(l, s); return ok })
}

func isSomeAmount(s string) bool {
	_, _, point := tableNumber(s, ".")
	_, _, comma := tableNumber(s, ",")
	return point || comma
}

func areDates(cells []string) bool {
	_, _, ok := guessLayout(mostly(cells, isSomeDate))
	return ok
}

func areAmounts(cells []string) bool { return len(mostly(cells, isSomeAmount)) > 0 }

func areAmountsOrNone(cells []string) bool { return len(cells) == 0 || areAmounts(cells) }

func areAll(cells []string, right func(string) bool) bool {
	return len(cells) > 0 && !slices.ContainsFunc(cells, func(s string) bool { return !right(s) })
}

func areMarks(cells []string) bool {
	return areAll(cells, func(s string) bool { return markOf(s) != 0 })
}

func areCurrencies(cells []string) bool {
	return areAll(cells, func(s string) bool { return isCurrency(strings.ToUpper(s)) })
}

func areMoney(cells []string) bool { return areAll(cells, isMoney) }

func areStates(cells []string) bool {
	return areAll(cells, func(s string) bool { return stateOf(s) != "" })
}

// twoLetters stand in a name and in no number of an account.
var twoLetters = regexp.MustCompile(`\pL{2}`)

func isName(s string) bool {
	return twoLetters.MatchString(s) && !ibanShape.MatchString(strings.ToUpper(strings.Join(strings.Fields(s), "")))
}

func areNames(cells []string) bool { return len(mostly(cells, isName)) > 0 }

func areNamesOrNone(cells []string) bool { return len(cells) == 0 || areNames(cells) }

// markOf gives 1 for a word for credit, -1 for one for debit, 0 for another.
func markOf(s string) int {
	switch s = strings.TrimSpace(s); s {
	case "+":
		return 1
	case "-":
		return -1
	}
	switch normalHeading(s) {
	case "credit", "c", "cr", "crdt", "cre", "h", "haben", "bij", "in", "avoir", "abono", "credito", "incoming", "eingang", "zahlungseingang", "gutschrift", "deposit", "money in", "kredit", "wplyw", "entrata", "ontvangst":
		return 1
	case "debit", "d", "dr", "dbit", "deb", "s", "soll", "af", "out", "cargo", "debito", "outgoing", "ausgang", "zahlungsausgang", "belastung", "lastschrift", "withdrawal", "money out", "debet", "wydatek", "uscita", "uitgave":
		return -1
	}
	return 0
}

// dead is the state of what a bank lists though no money moved.
const dead Status = "dead"

// stateOf recognises the words of banks for how far an entry has come; "" for
// others.
func stateOf(s string) Status {
	switch normalHeading(nordic.Replace(s)) {
	case "pending", "vorgemerkt", "umsatz vorgemerkt", "en attente", "pendiente", "in attesa", "in behandeling", "venter", "reserveret", "reserverad", "reservert", "authorised", "authorized", "ausstehend", "offen", "non contabilizzato", "a venir", "processing", "oczekujaca":
		return Pending
	case "booked", "posted", "completed", "complete", "settled", "cleared", "executed", "gebucht", "umsatz gebucht", "abgeschlossen", "ausgefuhrt", "contabilizzato", "contabilizado", "udfort", "utfort", "bokford", "bogfort", "comptabilise", "execute", "effectue", "termine", "completado", "completato", "succeeded", "success", "paid", "verwerkt", "zaksiegowana", "rozliczona":
		return Booked
	case "reverted", "declined", "failed", "cancelled", "canceled", "rejected", "expired", "denied", "voided", "refused", "abgelehnt", "storniert", "fehlgeschlagen", "refuse", "annule", "echoue", "rechazado", "cancelado", "rifiutato", "annullato", "geweigerd", "odrzucona", "anulowana":
		return dead
	}
	return ""
}

// monies are the currencies that texts of banks name. Others of ISO 4217 are
// words, too: ALL, TOP, TRY.
const monies = " EUR USD GBP CHF SEK NOK DKK ISK PLN CZK HUF RON BGN RSD UAH JPY CNY HKD TWD KRW INR SGD THB IDR MYR PHP VND AUD NZD CAD MXN BRL ARS CLP ZAR ILS AED SAR QAR KWD BHD OMR JOD EGP MAD TND KES NGN "

// isMoney says whether a word is the code of a currency that texts name.
func isMoney(s string) bool { return len(s) == 3 && strings.Contains(monies, " "+s+" ") }

var codeInHeading = regexp.MustCompile(`\b[A-Z]{3}\b`)

// headingCurrency finds a currency in the heading of an amount, as in Betrag (EUR).
func headingCurrency(header []string, amounts ...int) string {
	for _, column := range amounts {
		if column == 0 {
			continue
		}
		for _, code := range codeInHeading.FindAllString(header[column-1], -1) {
			if unit, err := currency.ParseISO(code); err == nil {
				return unit.String()
			}
		}
		if code := moneyIn(header[column-1]); code != "" {
			return code
		}
	}
	return ""
}

// moneyIn finds the one currency that a text names by its code, sign or word; ""
// for none or several.
func moneyIn(s string) string {
	found := map[string]bool{}
	for sign, code := range currencySigns {
		if strings.Contains(s, sign) {
			found[code] = true
		}
	}
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) {
		switch {
		case isMoney(word):
			found[word] = true
		case strings.EqualFold(word, "euro"), strings.EqualFold(word, "euros"), strings.EqualFold(word, "euroa"):
			found["EUR"] = true
		}
	}
	for code := range found {
		if len(found) == 1 {
			return code
		}
	}
	return ""
}

// preambleCurrency finds the one currency that the rows before the headings name:
// that of the account, where the table itself names none.
func preambleCurrency(rows [][]string) string {
	only := ""
	for _, row := range rows {
		for _, cell := range row {
			switch code := moneyIn(cell); {
			case code == "", code == only:
			case only != "":
				return ""
			default:
				only = code
			}
		}
	}
	return only
}

// balanceLabels are what banks write into a row that tells a balance and no entry.
var balanceLabels = regexp.MustCompile(`^(?:anfangssaldo|endsaldo|alter kontostand|neuer kontostand|(?:beginning|starting|opening|closing|ending) balance|balance (?:brought|carried) forward` +
	`|saldo (?:inicial|anterior|final|iniziale|finale|poczatkowe|koncowe)|solde (?:initial|precedent|final)|beginsaldo|eindsaldo|ingaende saldo|utgaende saldo)` +
	`(?: (?:as of|on|at|per|am|vom|au|al|dal|op|na dzien))*[ 0-9]*$`)

func isBalanceNote(cell string) bool {
	return len(cell) <= maxHeading && balanceLabels.MatchString(normalHeading(cell))
}
