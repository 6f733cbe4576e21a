package pagefacts

import (
	"regexp"
	"strings"
)

// languageWords are small words that are frequent in one language and rare in
// the others.
var languageWords = map[string]string{
	"en": "the of and for your you to please with is by this are",
	"de": "der die das und für von mit ist bitte sie wir auf zum im den nicht einer",
	"fr": "le les des et pour vous une du est au aux sur dans votre nous par la",
	"it": "il di della per con gli che sono delle nel alla",
	"es": "el los las por con para que del una su al y",
	"nl": "het een van en voor met op de te u wij uw",
	"pl": "nie za do na od dla oraz jest",
}

// findLanguage counts the labels and small words of each language.
func (p *paper) findLanguage() string {
	votes := map[string]float64{}
	for _, hits := range p.hits {
		for _, h := range hits {
			votes[h.language] += float64(len(p.lines[h.line].text(h.span))) / 8
		}
	}
	small := map[string][]string{}
	for language, words := range languageWords {
		for _, w := range strings.Fields(words) {
			small[squeeze(w)] = append(small[squeeze(w)], language)
		}
	}
	for _, l := range p.lines {
		for _, key := range l.keys {
			for _, language := range small[key] {
				votes[language] += 1 / float64(len(small[key]))
			}
		}
	}
	best := ""
	for language, n := range votes {
		if best == "" || n > votes[best] || n == votes[best] && language < best {
			best = language
		}
	}
	return best
}

// kind says what the paper calls itself in a title. A credit note that a buyer
// issues for a seller is an invoice (UNTDID 1001, code 389).
func (p *paper) kind() string {
	titles := map[role]int{}
	for _, hits := range p.hits {
		for _, h := range hits {
			if h.starts && !h.fuzzy && (p.endsCell(h) || p.titled(h)) {
				titles[p.titleOf(h)]++
			}
		}
	}
	switch {
	case p.isOtherPaper():
		return Unknown
	case titles[creditIs] > 0 && !p.selfBilled():
		return CreditNote
	case p.receipt:
		return Receipt
	case titles[invoiceIs] > 0 || titles[creditIs] > 0:
		return Invoice
	case titles[receiptIs] > 0:
		return Receipt
	case titles[number] > 0 || p.titleNumber().Value != "":
		return Invoice
	}
	return Unknown
}

// isOtherPaper says whether the first title on the paper is that of something
// else, such as a statement of account.
func (p *paper) isOtherPaper() bool {
	if p.isReminder() {
		return true
	}
	for _, hits := range p.hits {
		for _, h := range hits {
			l := &p.lines[h.line]
			if h.fuzzy || h.from != l.cellOf(h.from).from || h.to < l.cellOf(h.from).to || l.y0 > .4*p.pageOf(l.page).Height {
				continue
			}
			switch h.role {
			case paperIs:
				return true
			case invoiceIs, creditIs, receiptIs, number:
				return false
			}
		}
	}
	return false
}

// subjects begin the line that says what a letter is about, reminded has the words of
// those that ask again for what an invoice asked for.
var (
	subjects = map[string]bool{"objet": true, "betreff": true, "betrifft": true, "subject": true, "re": true, "onderwerp": true, "betreft": true, "oggetto": true, "asunto": true, "vedr": true, "emne": true, "assunto": true, "dotyczy": true}
	reminded = regexp.MustCompile(`\b(?:relance|rappel|mise en demeure|mahnung|zahlungserinnerung|erinnerung|(?:payment )?reminder|overdue|past due|herinnering|aanmaning|sollecito|recordatorio|reclamacion|rykker|paminnelse|purring|lembrete|wezwanie)\b`)
)

// isReminder says whether a letter's subject is a reminder, which shows the sums of an
// invoice and is none.
func (p *paper) isReminder() bool {
	for i := range p.lines {
		l := &p.lines[i]
		if l.page == p.lines[0].page && l.y0 < .5*p.pageOf(l.page).Height && subjects[l.keys[0]] && reminded.MatchString(fold(l.text(l.all()))) {
			return true
		}
	}
	return false
}

// creditWords begin the labels of the numbers of credit notes.
var creditWords = []string{"gutschrift", "creditnote", "creditmemo", "avoir", "facturedavoir", "ndavoir", "notadicredito", "creditnota", "creditfactu"}

// titleOf is what a label calls the paper: a number of a credit note makes it one.
func (p *paper) titleOf(h hit) role {
	key := strings.Join(p.lines[h.line].keys[h.from:h.to], "")
	for _, w := range creditWords {
		if h.role == number && strings.HasPrefix(key, w) {
			return creditIs
		}
	}
	return h.role
}

// endsCell says whether a label is all that stands in its cell, but for a colon
// or a word.
func (p *paper) endsCell(h hit) bool {
	l := &p.lines[h.line]
	return l.cellOf(h.from).to-h.to <= 1
}

// titled says whether a number follows a title.
func (p *paper) titled(h hit) bool {
	if h.role == number {
		_, ok := p.beside(h, p.identifier)
		return ok
	}
	return (h.role == invoiceIs || h.role == creditIs) && p.numberAfter(h.line, h.to-1).Value != ""
}

func (p *paper) selfBilled() bool {
	for _, phrase := range []string{"selbst ausgestellte", "self-billed", "self billed", "self-billing", "autofacturation", "gutschriftsverfahren"} {
		if p.findWords(phrase).Quote != "" {
			return true
		}
	}
	return false
}

// looksLikeReceipt tells till slips: narrow paper, or cash that was given and
// change.
func (p *paper) looksLikeReceipt() bool {
	seen := map[role]bool{}
	for _, hits := range p.hits {
		for _, h := range hits {
			seen[h.role] = seen[h.role] || !h.fuzzy
		}
	}
	paid := seen[cash] && (seen[change] || seen[rounding] || p.doc.OCR && !seen[buyer])
	if len(p.doc.Pages) != 1 || seen[due] || seen[bic] {
		return paid && len(p.doc.Pages) == 1
	}
	page := p.doc.Pages[0]
	narrow := page.Width < .6*page.Height && page.Width > 0
	return paid || narrow || seen[receiptIs] && !seen[buyer]
}

// LooksLikeInvoice tells whether a document is worth reading as an invoice or a
// receipt, and why. A shopping list, a letter or a manual is not: they lack the
// title, or the money.
func LooksLikeInvoice(d Document) (bool, string) {
	p := newPaper(d)
	f := p.read()
	total := f.GrossTotal.Value != "" || f.Payable.Value != ""
	proofs := f.proofs()
	switch {
	case len(p.lines) == 0:
		return false, "there are no words on it"
	case p.isOtherPaper():
		return false, "it calls itself something else"
	case f.Kind != Unknown && total && proofs > 0:
		return true, "it calls itself an invoice and has a total"
	case total && proofs >= 2:
		return true, "it has a total and what goes with one"
	case f.Kind != Unknown && f.Kind != Receipt && f.Number.Value != "" && f.IssueDate.Value != "":
		return true, "it calls itself an invoice, with number and date"
	case f.Kind == Receipt && p.tillLabels() >= 3:
		return true, "it has the words of a till slip"
	}
	return false, "neither the words nor the amounts of an invoice stand on it"
}

// tillLabels counts what till slips have labels for; without one of money it is
// none.
func (p *paper) tillLabels() int {
	seen := map[role]bool{}
	for _, hits := range p.hits {
		for _, h := range hits {
			seen[h.role] = seen[h.role] || h.starts
		}
	}
	if !seen[gross] && !seen[cash] && !seen[subtotal] && !seen[net] {
		return 0
	}
	n := 0
	for _, r := range []role{invoiceIs, receiptIs, number, date, gross, cash, change, tax, subtotal, net, vatID, rounding} {
		if seen[r] {
			n++
		}
	}
	return n
}

// proofs counts the facts that go with an invoice's total.
func (f *Facts) proofs() int {
	n := len(f.IBANs)
	for _, fact := range []Fact{f.Number, f.TaxTotal, f.NetTotal, f.SellerVATID, f.IssueDate, f.DueDate} {
		if fact.Value != "" {
			n++
		}
	}
	return n
}
