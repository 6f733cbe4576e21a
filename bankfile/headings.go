package bankfile

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// role is what a column is for.
type role int

const (
	noRole role = iota
	dateRole
	valueRole
	amountRole
	debitRole
	creditRole
	markRole
	currencyRole
	accountRole // of the statement
	ibanRole    // of either side: the content tells
	partyRole
	partyAccountRole
	referenceRole
	balanceRole
	statusRole
	descriptionRole
)

// headings are the names banks give to columns, without accents and in lower
// case, in the languages of Europe's larger banks.
var headings = []struct {
	role  role
	names string
}{
	{dateRole, "date|datetime|date time|booking date|posting date|posted date|transaction date|completed date|date completed|date operation|date d operation|date de l operation|date comptable|date de comptabilisation" +
		"|datum|buchung|buchungstag|buchungsdatum|fecha|fecha operacion|fecha contable|fecha de operacion|data|data operazione|data contabile|data movimento|boekdatum|boekingsdatum" +
		"|data operacji|data ksiegowania|data transakcji|bokforingsdag|bokforingsdatum|transaktionsdatum|dato|data lancamento|data mov"},
	{valueRole, "value date|valutadatum|valuta datum|wertstellung|wertstellungsdatum|date valeur|date de valeur|fecha valor|data valuta|data valor|rentedatum|data waluty|valutadag|rentedato"},
	{amountRole, "amount|gross|net|transaction amount|betrag|umsatz|montant|importe|importo|bedrag|kwota|kwota operacji|belopp|belob|valor|montante|net amount|amount eur|betrag eur"},
	{debitRole, "debit|debits|debit amount|soll|belastung|debito|cargo|cargos|adeudo|addebiti|addebito|uscite|dare|withdrawal|withdrawals|paid out|money out|obciazenia|sortie|sorties|depense|af"},
	{creditRole, "credit|credits|credit amount|haben|gutschrift|credito|abono|abonos|ingreso|accrediti|accredito|entrate|avere|deposit|deposits|paid in|money in|uznania|entree|entrees|recette|bij"},
	{markRole, "type|transaction type|af bij|debit credit|credit debit|debit credit indicator|credit debit indicator|dr cr|cr dr|d c|s h|soll haben|sens|richting|sign"},
	{currencyRole, "currency|ccy|wahrung|waehrung|devise|moneda|divisa|munt|valuta|waluta|valuuta|moeda|account currency|currency code"},
	{accountRole, "account|own account|account name|auftragskonto|cuenta|compte|conto|rekening|iban konto auftraggeber|iban auftragskonto|numero de compte|rekeningnummer|konto"},
	{ibanRole, "iban|account number|kontonummer|bank account|account iban|kontonummer iban|iban bban|iban kontonummer|numero compte"},
	{partyRole, "payee|payer|name|nom|counterparty|counterparty name|partner name|partner|beguenstigter zahlungspflichtiger|beguenstigter|auftraggeber|auftraggeber empfanger|empfanger" +
		"|zahlungspflichtiger|zahlungsempfanger|zahlungsbeteiligter|name zahlungsbeteiligter|beneficiary|beneficiaire|tiers|contrepartie|tegenpartij|naam tegenpartij|contraparte|ordenante" +
		"|beneficiario|merchant|sender|recipient|sender recipient|nadawca odbiorca|kontrahent|controparte|target name|contrepartie nom"},
	{partyAccountRole, "counterparty account|counterparty iban|partner iban|partner account|tegenrekening|tegenrekening iban bban|compte contrepartie|iban zahlungsbeteiligter|iban contrepartie|cuenta contraparte|payee account|payee account number|rachunek kontrahenta|beneficiary account"},
	{referenceRole, "reference|ref|transaction id|transaction reference|reference number|id|referenz|kundenreferenz|referencia|referenza|riferimento|numero de reference|referentie|volgnr|numer referencyjny|bank reference|entry reference"},
	{balanceRole, "balance|running balance|account balance|saldo|solde|saldo nach buchung|kontostand|saldo na mutatie|saldo po operacji|saldo contabile|balance after"},
	{statusRole, "status|state|umsatzstatus|statut|stato|estado"},
	{descriptionRole, "description|transaction description|original description|details|label|memo|narrative|particulars|text|concept|concepto|descripcion|observaciones|verwendungszweck|buchungstext|buchungsdetails" +
		"|betreff|libelle|libelle operation|motif|communication|detail|omschrijving|naam omschrijving|mededelingen|descrizione|causale|opis|opis operacji|tytul|tytul operacji|descricao|notes|note|remittance|remittance information|payment details|beskrivelse|tekst"},
}

// normalHeading folds a heading: lower case, no accents, words with one space.
func normalHeading(s string) string {
	folded := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'ß':
			return 's'
		case r == 'ł':
			return 'l'
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return r
		}
		return ' '
	}, norm.NFKD.String(strings.ToLower(s)))
	return strings.Join(strings.Fields(folded), " ")
}

// roleNames finds the role of a name.
var roleNames = sync.OnceValue(func() map[string]role {
	names := map[string]role{}
	for _, known := range headings {
		for name := range strings.SplitSeq(known.names, "|") {
			if _, taken := names[name]; !taken {
				names[name] = known.role
			}
		}
	}
	return names
})

// Headings are short: what is longer is none, and no name has more words.
const (
	maxHeading      = 100
	maxHeadingWords = 12
	maxNameWords    = 5
)

// roleOf finds the role whose name is the longest of those that stand in a
// heading as whole words. exact says that it is the whole heading.
func roleOf(heading string) (best role, exact bool) {
	if len(heading) > maxHeading {
		return noRole, false
	}
	h := normalHeading(heading)
	words := strings.Fields(h)
	if len(words) > maxHeadingWords {
		return noRole, false
	}
	length := 0
	for i := range words {
		for j := i + 1; j <= min(len(words), i+maxNameWords); j++ {
			name := strings.Join(words[i:j], " ")
			if r, known := roleNames()[name]; known && len(name) > length {
				best, length = r, len(name)
			}
		}
	}
	return best, length > 0 && length == len(h)
}
