package bankfile

import (
	"regexp"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// role is what a column is for.
type role int

const (
	noRole     role = iota
	dateRole        // a day of the payment
	bookedRole      // the day of booking, which goes before other days
	valueRole
	amountRole
	netRole   // what moved on the account, where fees were taken of it
	grossRole // before fees
	feeRole
	debitRole
	creditRole
	markRole
	currencyRole
	accountRole // of the statement
	ibanRole    // of either side: the content tells
	partyRole
	payerRole // of either side: the sign tells
	payeeRole
	partyTextRole // of the other side, with or instead of a text
	partyAccountRole
	referenceRole
	balanceRole
	statusRole
	descriptionRole
	otherRole // known to be none of these
)

// headings are the names banks give to columns, without accents and in lower
// case, in the languages of Europe's larger banks. A name behind = is a heading
// only if nothing else stands in it.
var headings = []struct {
	role  role
	names string
}{
	{dateRole, "date|datetime|date time|transaction date|trans date|transactiondate|date operation|date d operation|date de l operation|date op|operation date|created|created utc|created at|created on|=timestamp" +
		"|datum|fecha|fecha operacion|fecha de operacion|data|data operazione|data movimento|data operacji|data transakcji|transaktionsdatum|transaktionsdag|dato|data lancamento|data mov|tarih|tapahtumapaiva|abschlussdatum|started date|datum transakce|data tranzactiei"},
	{bookedRole, "booking date|booked date|booked at|booked on|posting date|posted date|post date|date posted|completed date|date completed|date comptable|date de comptabilisation|date de compta" +
		"|buchung|buchungstag|buchungsdatum|buchungsdatum utc|fecha contable|data contabile|data registrazione|boekdatum|boekingsdatum|data ksiegowania|data ksieg|bokforingsdag|bokforingsdatum|bokford|bokfort datum|bokfort|kirjauspaiva|datum zauctovani|bogforingsdato|bogfort|reskontradatum"},
	{valueRole, "value date|value dat|value dt|valuedate|valutadatum|valuta datum|valuta date|wertstellung|wertstellungsdatum|=wert|date valeur|date de valeur|date val|fecha valor|f valor|data valuta|data valor|rentedatum|data waluty|valutadag|rentedato|arvopaiva|datum valuty"},
	{amountRole, "amount|total amount|transaction amount|credit debit amount|debit credit amount|betrag|umsatz|montant|montant operation|importe|importo|bedrag|kwota|kwota operacji|belopp|insattningar uttag|belob|=valor|=value|objem|kwota transakcji|montante|amount eur|betrag eur|maara|summa|tutar|castka|suma|beloep"},
	{netRole, "net|net amount|netto|nettobetrag|montant net|neto"},
	{grossRole, "gross|gross amount|brutto|bruttobetrag|montant brut|bruto"},
	{feeRole, "fee|fees|gebuhr|gebuhren|frais|comision|commissione|kosten"},
	{debitRole, "debit|debits|debit amount|soll|belastung|lastschrift|debito|cargo|cargos|adeudo|addebiti|addebito|uscite|dare|withdrawal|withdrawals|withdrawal amt|paid out|money out|obciazenia|wydatki|sortie|sorties|depense|depenses|=af|debet|ut fra konto|ut av konto|=ut|uttag|ausgang|ausgabe|ausgaben|gasto|gastos"},
	{creditRole, "credit|credits|credit amount|haben|gutschrift|credito|abono|abonos|ingreso|ingresos|accrediti|accredito|entrate|avere|deposit|deposits|deposit amt|paid in|money in|uznania|wplywy|entree|entrees|recette|recettes|=bij|kredit|inn pa konto|=inn|insattning|eingang|einnahme|einnahmen"},
	{markRole, "type|transaction type|af bij|debit credit|credit debit|debit credit indicator|credit debit indicator|dr cr|cr dr|d c|c d|s h|soll haben|sens|richting|sign|direction|umsatztyp|credit debit flag|mutatie"},
	{currencyRole, "currency|ccy|wahrung|waehrung|devise|moneda|divisa|munt|valuta|waluta|valuuta|moeda|mena|account currency|currency code|muntsoort|doviz|para birimi"},
	{accountRole, "account|own account|account name|auftragskonto|cuenta|compte|conto|rekening|iban konto auftraggeber|iban auftragskonto|iban auftraggeberkonto|numero de compte|rekeningnummer|konto|account iban"},
	{ibanRole, "iban|account number|accountnumber|kontonummer|konto nr|bank account|kontonummer iban|iban bban|iban kontonummer|numero compte|numer konta|account num"},
	{partyRole, "name|nom|navn|namn|counterparty|counter party|counterparty name|partner name|partnername|partner|auftraggeber empfanger|zahlungsbeteiligter|name zahlungsbeteiligter|tiers|contrepartie|tegenpartij|naam tegenpartij|contraparte" +
		"|merchant|merchant name|supplier found|sender recipient|payer payee|nadawca odbiorca|kontrahent|nazwa kontrahenta|controparte|target name|contrepartie nom|begunstigter auftraggeber|nazev protiuctu|saaja maksaja|tegenrekeninghouder|dane kontrahenta"},
	{payerRole, "payer|payer name|sender|sender name|from name|debtor|debtor name|=from|auftraggeber|zahlungspflichtiger|zahlungspflichtige|ordenante|ordinante|donneur d ordre|nadawca|avsandare|avsender|afzender|mittente|maksaja"},
	{payeeRole, "payee|payee name|recipient|recipient name|to name|creditor name|=to|beguenstigter|begunstigter|empfanger|empfaenger|zahlungsempfanger|zahlungsempfangerin|zahlungsempfaenger|beneficiary|beneficiary name|beneficiaire|beneficiario|odbiorca|mottagare|mottaker|modtager|ontvanger|destinatario|saaja"},
	{partyTextRole, "naam omschrijving|name description"},
	{partyAccountRole, "tegenrekeningnummer|counterparty account|counterparty iban|counter account|partner iban|partner account|partner kontonummer|tegenrekening|tegenrekening iban bban|rekeningnummer tegenpartij|compte contrepartie|iban zahlungsbeteiligter|iban contrepartie|cuenta contraparte|payee account|payee account number|rachunek kontrahenta|numer rachunku kontrahenta|beneficiary account|saajan tilinumero|protiucet"},
	{referenceRole, "reference|ref|transaction id|transaction reference|reference number|id|referenz|kundenreferenz|referencia|referenza|riferimento|numero de reference|referentie|transactiereferentie|transaktionscode|transaktions nr|transaktionsnr|volgnr|numer referencyjny|bank reference|customer reference|entry reference|balance transaction id|chq ref number|chq ref no|payment reference|viite|verifikationsnummer|arkistointitunnus"},
	{balanceRole, "balance|running balance|running bal|account balance|accountbalance|closing balance|saldo|solde|saldo nach buchung|kontostand|guthaben|saldo na mutatie|saldo na trn|saldo po operacji|saldo contabile|saldo contabilistico|bokfort saldo|balance after|endsaldo|eindsaldo|saldo na|bakiye|zustatek"},
	{statusRole, "status|state|umsatzstatus|statut|stato|estado|tila"},
	{descriptionRole, "description|transaction description|transaction details|original description|beschreibung|details|label|memo|narrative|narration|particulars|=text|concept|concepto|movimiento|descripcion|observaciones|verwendungszweck|buchungstext|buchungsdetails|buchungs details|avisierungstext" +
		"|betreff|zahlungsreferenz|libelle|libelle operation|motif|communication|mededeling|vrije mededeling|detail|omschrijving|mededelingen|notifications|descrizione|descrizione completa|causale|opis|opis operacji|tytul|tytul operacji|descricao|notes|note|comment|remittance|remittance information|payment details|beskrivelse|beskrivning|forklaring|tekst|rubrik|meddelande|selitys|viesti|aciklama|popis|zprava pro prijemce|descriere|item title|invoice number|rechnungsnummer|numero de facture|order|order number|order name|bestellnummer"},
	{otherRole, "vat amount|tax amount|local amount|original amount|foreign amount|amount foreign currency|type foreign currency|original currency|local currency|foreign currency|oorspr bedrag|oorspr munt|lastschrift ursprungsbetrag|auslagenersatz|fremde gebuhren|einzelbetrag" +
		"|exchange rate|exchange from|exchange to|exchange amount|startsaldo|beginsaldo|opening balance|saldo disponible|saldo disponivel|disponible|closing available balance|closing ledger balance|available balance|available on|glaubiger id|glaeubiger id|creditor id|mandatsreferenz|mandate reference|batch id|incassant id|parent transaction id|reference txn id|zugehoriger transaktionscode" +
		"|card number|card holder full name|card holder|cardholder|card member|account holder|kontoinhaber|kontoname|nom du compte|rubrieknaam|sort code|bank name|bankname|from email address|to email address|email address|label suggestion|started"},
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

// joined matches where words of a heading were written together: dateOp, Text1.
var joined = regexp.MustCompile(`([a-z])([A-Z])|(\pL)([0-9])`)

var aside = regexp.MustCompile(`\([^)]*\)`)

var nordic = strings.NewReplacer("ø", "o", "Ø", "O", "æ", "ae", "Æ", "Ae", "*", "")

// headingWords folds a heading further than [normalHeading], which stands in the
// keys of remembered mappings and must stay as it is.
func headingWords(s string) string {
	return normalHeading(nordic.Replace(joined.ReplaceAllString(s, "$1$3 $2$4")))
}

// named is what a name says of a heading.
type named struct {
	role  role
	alone bool // only where it is the whole heading
}

// roleNames finds the role of a name.
var roleNames = sync.OnceValue(func() map[string]named {
	names := map[string]named{}
	for _, known := range headings {
		for name := range strings.SplitSeq(known.names, "|") {
			name, alone := strings.CutPrefix(name, "=")
			if _, taken := names[name]; !taken {
				names[name] = named{known.role, alone}
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
// heading as whole words. exact says that it is the whole heading. A heading that
// names both sides of a payment is that of the other side.
func roleOf(heading string) (best role, exact bool) {
	if len(heading) > maxHeading {
		return noRole, false
	}
	h := headingWords(heading)
	if outside := headingWords(aside.ReplaceAllString(heading, " ")); outside != h {
		if r, _ := roleOf(outside); r != noRole { // What stands in parentheses only adds to it.
			return r, false
		}
	}
	words := strings.Fields(h)
	if len(words) > maxHeadingWords {
		return noRole, false
	}
	length, sides := 0, map[role]bool{}
	for i := range words {
		for j := i + 1; j <= min(len(words), i+maxNameWords); j++ {
			name := strings.Join(words[i:j], " ")
			r, known := roleNames()[name]
			if !known || r.alone && len(name) < len(h) {
				continue
			}
			sides[r.role] = true
			if len(name) > length {
				best, length = r.role, len(name)
			}
		}
	}
	if sides[payerRole] && sides[payeeRole] {
		best = partyRole
	}
	return best, length > 0 && length == len(h)
}
