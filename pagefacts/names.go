package pagefacts

import (
	"regexp"
	"strings"
	"unicode"
)

// legalForm has the legal forms of companies, which end a name in most
// countries, and words that only names of firms end in.
var legalForm = regexp.MustCompile(`(?i)(?:^|[\s,(])(s\.?l\.?p\.?|s\.?l\.?l\.?|s\.?a\.?u\.?|gmbh(?: ?& ?co\.? ?kga?)?|ag|kg|ohg|ug(?: \(haftungsbeschränkt\))?|e\.? ?k\.?|e\.? ?v\.?|gbr|mbh|sarl|s\.a\.r\.l\.?|sàrl|sas|s\.a\.s\.?|sasu|eurl|sa|s\.a\.?|sci|ltd\.?|limited|llc|l\.l\.c\.?|llp|inc\.?|corp\.?|corporation|plc|b\.?v\.?|n\.v\.?|s\.?r\.?l\.?s?|s\.?p\.?a\.?|s\.?l\.?u?\.?|sp\. ?z ?o\. ?o\.?|s\.r\.o\.?|sdn\.? ?bhd\.?|s/b|bhd\.?|pty\.? ?ltd\.?|pte\.? ?ltd\.?|pvt\.? ?ltd\.?|oy|oyj|ab|a/s|aps|as|kft\.?|lda\.?|bvba|nv|srl|gmbh & co\. kg|s\.?a\.?s\.?u?\.?|s\.?n\.?c\.?|s\.?c\.?p\.?|a r\.? ?l\.?|ltda\.?|asa|i/s|p/s|k/s|d\.o\.o\.?|kgaa|(?:private|proprietary|pty) limited|(?-i:eG|SE|PartGmbB|PartG|SCOP|PLLC|C\.I\.C\.|CIC))(?:$|[\s,.;:)(-])`)

// trades are words with which names of shops end where they have no legal form.
var trades = regexp.MustCompile(`(?i)\b(enterprise|trading|restaurant|restoran|hardware|stationery|supermarket|mart|bakery|bakeries|cafe|café|bistro|hotel|pharmacy|apotheke|boulangerie|services|station|store|stores|holdings|marketing|house|kopitiam|niaga|perniagaan|syarikat|retail|books|kedai|electrical|bar|grill|garage|motors|bäckerei|metzgerei|gasthaus|gasthof|markt|tankstelle)\b`)

var (
	registration = regexp.MustCompile(`(?i)\s*(?:\(?(?:co\.? ?(?:reg\.? ?)?no\.?|reg\.? ?no\.?|roc|company no\.?|gst ?(?:id|no|reg)\.?)[^)]*\)?|\(\s*[A-Z]{0,3}\d[\d\w /-]{4,}\)?|\b\d{5,7} ?- ?[A-Z]\b\)?|[{\[][^\]]*\d{4,}[^\]]*\]?)\s*.*$`)
	postcode     = regexp.MustCompile(`(?:^|[\s,-])(?:[A-Z]{1,2}-)?\d{4,6}(?:[\s,]|$)|\b[A-Z]{1,2}\d[A-Z0-9]? ?\d[A-Z]{2}\b|\b[A-Z]{2} \d{5}\b|\b\d{4}-\d{3}\b|\b\d{2}-\d{3} \p{L}|^\d{3} \d{2} \p{L}|\b[A-Z]\d{2} ?[A-Z\d]{4}\b|\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b`)
	street       = regexp.MustCompile(`(?i)\b(street|st\.|road|rd\.?|avenue|ave\.?|lane|drive|rue|impasse|quai|place|cours|route|passage|allée|boulevard|bd|chemin|straße|strasse|str\.|weg|platz|allee|gasse|via|calle|jalan|jln|lot|no\.?\s?\d+|floor|suite|block|box|taman|lorong|lebuh|ecke|ulica|ul\.)\b|^\d+ (?:\p{L}+ ){1,3}(?:st|ave|rd|dr|blvd|ln|ct|pl|way|court|square|hwy)\b|(?:straße|strasse|str\.|street|road|avenue|weg|platz|gasse|straat|laan|vej|gatan|vägen|veien|gade|kade|singel|gracht|plein|dijk|dreef)\s*\d|^(?:avda?|avenida|paseo|plaza|pza|calle|c/|carrer|corso|viale|piazza|largo|contrada|rua|praça|zi|za|zac|bp|cs|tsa|po box|postfach|postbus|box)\b\.?\s`)
	contact      = regexp.MustCompile(`(?i)@|\bcontact\b|https?:|www\.|^\s*(tel|fax|phone|e-?mail|mobile|hotline)\b|\.(com|de|fr|net|org)\b`)
)

// companyName cuts a text down to the name in it: up to its legal form, without
// a registration number behind it.
func companyName(s string) string {
	s = trimmed(registration.ReplaceAllString(s, ""))
	if name, _, ok := strings.Cut(s, " | "); ok { // links behind it, as shops write them
		s = strings.TrimSpace(name)
	}
	s = profile.ReplaceAllString(s, "")
	if at := legalForm.FindStringSubmatchIndex(s); at != nil && at[2] > 2 {
		end := at[3]
		for next := legalForm.FindStringSubmatchIndex(s[end:]); next != nil && next[2] < 8; next = legalForm.FindStringSubmatchIndex(s[end:]) {
			end += next[3]
		}
		if rest := strings.Fields(s[end:]); len(rest) != 1 || !isPlace(rest[0]) {
			s = s[:end]
		}
	}
	return strings.Trim(s, " ,;:-*#|•·\"'“”„")
}

// profile is the link to a seller behind its name, as marketplaces write it.
var profile = regexp.MustCompile(`(?i)\s*\([^)]*profil[^)]*\)$`)

// amountIn is money in a text, smallPrint what a page links to at its foot, and sumWord begins the label of a sum or of how it is paid;
// a firm may have such a word in its name, with a legal form.
var (
	amountIn   = regexp.MustCompile(`(?i)(?:[€$£]|\b(?:eur|usd|gbp|chf))\s?\d|\d\s?[€£]`)
	smallPrint = regexp.MustCompile(`(?i)©|\b(?:agb|datenschutz\w*|impressum|privacy|terms of use|terms and conditions|conditions of use|copyright|mentions légales)\b`)
	sumWord    = regexp.MustCompile(`(?i)^(?:zwischensumme|gesamt\w*|summe|endsumme|sub-?total|grand total|order total|sous-total|montant|credit card|kreditkarten?-|kreditkarte|zahlungs\w+|payment|paiement|importe|subtotale?)\b`)
)

// isPlace says whether a word behind a legal form belongs to the name, as that
// of a branch does.
func isPlace(s string) bool {
	r := []rune(s)
	return len(r) > 2 && unicode.IsUpper(r[0]) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
}

// owner begins a line that names a person of a party, not the party.
var owner = regexp.MustCompile(`(?i)^(?:inh\b|inhaber|geschäftsführer|vorstand|c/o\b|z\. ?hd|attn|tel\b|ust|steuer|siret|siren|c/-|att?\b|attn?\b|attention\b|à l'attention|t\.?a\.?v\b|zu händen|accounts? (?:payable|dept|department)|accounting\b|finance (?:dept|department|team)|purchase ledger|buchhaltung|rechnungsprüfung|rechnungswesen|abt\b|abteilung|(?:service )?comptabilité|(?:de )?(?:crediteuren)?administratie$|crediteuren|ufficio|amministrazione|contabilidad|departamento|bogholderi|ekonomi|logo$)`)

// greeting begins a sentence to the reader.
var greeting = regexp.MustCompile(`(?i)^(?:bonjour|hallo|hello|hi|dear|sehr geehrte\p{L}*|liebe[rs]?|guten tag|hola|estimad\p{L}+|beste|geachte|kære|hej|gentile|buongiorno|thanks|thank you|merci|danke|vielen dank|gracias|obrigad[oa]|grazie)\b`)

// bankName has the words of banks, which stand beside an account and sell nothing there.
var bankName = regexp.MustCompile(`(?i)(?:bank|banque|sparkasse|sparekasse|spaarbank)(?:$|[\s,])|\b(?:bank|banco|banca|banque|caixa|caja|crédit (?:agricole|mutuel)|building society|sparverein)\b`)

// person begins the name of someone who is written to, rather than of a firm.
var person = regexp.MustCompile(`^(?:M\.|Mme|Mlle|Mr\.?|Mrs\.?|Ms\.?|Herrn?|Frau|Monsieur|Madame|Sig\.ra|Sig\.|Sr\.|Sra\.)\s`)

// salutations stand alone in a line above a name.
var salutations = map[string]bool{"herrn": true, "herr": true, "frau": true, "firma": true, "familie": true, "monsieur": true, "madame": true, "mr": true, "mrs": true, "ms": true, "anden": true, "an": true, "alattentionde": true, "societe": true, "name": true, "adresse": true, "address": true, "anschrift": true}

// isName says whether a text can be the name of a party: letters for the most
// part, few words, neither an address nor a way to reach it.
func isName(s string) bool {
	letters, digits := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		}
	}
	words := len(strings.Fields(s))
	if greeting.MatchString(s) && !legalForm.MatchString(s) {
		return false
	}
	if salutations[squeeze(s)] || owner.MatchString(s) || letters < 3 || digits > letters/2 || words > 8 || len(s) > 70 {
		return false
	}
	if len(squeeze(legalForm.ReplaceAllString(" "+s, " "))) < 2 || strings.EqualFold(s, "sdn") || strings.HasPrefix(s, "(") {
		return false
	}
	if smallPrint.MatchString(s) || strings.Contains(s, ":") && digits > 0 || amountIn.MatchString(s) || sumWord.MatchString(s) && !legalForm.MatchString(s) {
		return false
	}
	if strings.HasSuffix(s, ".") && words > 3 && !legalForm.MatchString(s) {
		return false
	}
	return !contact.MatchString(s) && !(postcode.MatchString(s) && !legalForm.MatchString(s))
}

// isAddress says whether a text is a line of an address.
func isAddress(s string) bool {
	return street.MatchString(s) || postcode.MatchString(s)
}

// website is a name that is a web address, such as that of a shop.
var website = regexp.MustCompile(`^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[a-z]{2,6}$`)

// houseFirst is a street as English and French write it, "100 Main St".
var houseFirst = regexp.MustCompile(`^\d{1,5}[A-Za-z]?,? \p{L}+ \p{L}+`)

// streetNumber is a line that ends in the number of a house, "Ecke 12".
var streetNumber = regexp.MustCompile(`^\p{Lu}[\p{L}. '-]+ \d{1,4} ?[a-z]?$`)

// separators part name, street and town in a sender's line.
var separators = regexp.MustCompile(`\s+[-–—•●·|∙▪*/]+\s+|\s*[•●·|]\s*|,\s+`)

// senderParts splits the line that stands small above a recipient's address:
// name, street, postcode and town.
func senderParts(s string) (name string, ok bool) {
	parts := separators.Split(s, -1)
	if len(parts) < 3 || strings.Contains(s, ":") || !postcode.MatchString(s) || len(s) > 140 {
		return "", false
	}
	last := strings.Join(parts[1:], " ")
	if !postcode.MatchString(" "+last) || postcode.MatchString(parts[0]) || strings.HasSuffix(strings.TrimSpace(parts[0]), ":") {
		return "", false
	}
	return trimmed(parts[0]), (isName(parts[0]) || website.MatchString(parts[0])) && !street.MatchString(parts[0])
}
