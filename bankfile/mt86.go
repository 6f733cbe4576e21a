package bankfile

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	// subfields recognise field 86 as German, Austrian and Polish banks divide it: a
	// transaction code of three digits, then a mark and two digits before each part.
	subfields = regexp.MustCompile(`^\s*([0-9]{3})([?~<>^|!])[0-9]{2}`)
	// slashCodes are the words of Dutch and Belgian banks.
	slashCodes = regexp.MustCompile(`/(TRTP|EREF|PREF|MARF|CSID|IREF|CNTP|IBAN|BIC|NAME|REMI|ORDP|BENM|ULTD|ULTC|PURP|RTRN|ADDR|ISDT|BUSP|TRCD|OCMT|CHGS|EXCH|ID|SVCL)/`)
	// sepaWords begin the parts of a purpose: rules of the German banking industry.
	sepaWords = regexp.MustCompile(`^(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP)\+`)
)

// details86 reads the information to the account owner.
func (e *Entry) details86(lines []string) {
	whole := strings.Join(lines, "")
	if head := subfields.FindStringSubmatch(whole); head != nil {
		e.gvc(head[1])
		e.subfields(whole[strings.Index(whole, head[2]):], head[2])
		return
	}
	if text := strings.TrimSpace(whole); slashCodes.MatchString(text) && slashCodes.FindStringIndex(text)[0] == 0 {
		e.slashes(text)
		return
	}
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			e.Remittance = append(e.Remittance, line)
		}
	}
}

// gvc adds the German business transaction code behind SWIFT's, as in camt.
func (e *Entry) gvc(code string) {
	if e.BankTransactionCode != "" {
		code = e.BankTransactionCode + "+" + code
	}
	e.BankTransactionCode = code
}

// subfields splits text at the mark before two digits.
func (e *Entry) subfields(text, mark string) {
	var purpose, more, name []string
	for text != "" {
		code := text[len(mark) : len(mark)+2]
		text = text[len(mark)+2:]
		end := nextMark(text, mark)
		value := text[:end]
		text = text[end:]
		switch {
		case code == "00":
			e.TransactionText = strings.TrimSpace(value)
		case code >= "20" && code <= "29":
			purpose = append(purpose, value)
		case code >= "60" && code <= "65":
			more = append(more, value)
		case code == "30":
			e.Counterparty.BIC = strings.TrimSpace(value)
		case code == "31":
			e.Counterparty.IBAN = account(value)
		case code == "32", code == "33":
			name = append(name, value)
		case code == "38":
			if iban := account(value); ibanShape.MatchString(iban) {
				e.Counterparty.IBAN = iban
			}
		}
	}
	e.Counterparty.Name = strings.TrimSpace(strings.Join(glue(name), " "))
	// Parts 60 to 65 continue 20 to 29 where those ten were not enough.
	if len(purpose) == 10 {
		purpose, more = append(purpose, more...), nil
	}
	e.purpose(purpose)
	e.purpose(more)
}

// nextMark finds where the next part begins: a mark with two digits behind it.
func nextMark(text, mark string) int {
	for i := 0; i+len(mark)+2 <= len(text); i++ {
		if text[i:i+len(mark)] == mark && isDigit(text[i+len(mark)]) && isDigit(text[i+len(mark)+1]) {
			return i
		}
	}
	return len(text)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// subfieldWidth is how long a part may be; one that is full runs on in the next.
const subfieldWidth = 27

// glue joins parts that were cut because they were full.
func glue(parts []string) []string {
	var joined []string
	full := false
	for _, p := range parts {
		if full {
			joined[len(joined)-1] += p
		} else {
			joined = append(joined, p)
		}
		full = utf8.RuneCountInString(p) >= subfieldWidth
	}
	return joined
}

// purpose takes the parts of the purpose: SEPA words with what follows them, or
// lines.
func (e *Entry) purpose(parts []string) {
	word := ""
	var free, words []string
	values := map[string][]string{}
	for _, p := range parts {
		if w := sepaWords.FindStringSubmatch(strings.TrimLeft(p, " ")); w != nil {
			word = w[1]
			words = append(words, word)
			values[word] = append(values[word], strings.TrimLeft(p, " ")[len(w[0]):])
		} else if word != "" {
			values[word] = append(values[word], p)
		} else {
			free = append(free, p)
		}
	}
	for _, line := range glue(free) {
		if line = strings.TrimSpace(line); line != "" {
			e.Remittance = append(e.Remittance, line)
		}
	}
	for _, w := range words {
		e.word(w, strings.TrimSpace(strings.Join(values[w], "")))
		delete(values, w)
	}
}

// word takes the value of a code word, of either kind. The first of two stands.
func (e *Entry) word(word, value string) {
	if word == "SVWZ" && value != "" {
		e.Remittance = append(e.Remittance, value)
		return
	}
	if word == "IBAN" {
		value = account(value)
	}
	if into := e.Payment.place(word); into != nil && *into == "" {
		*into = value
	}
}

// place is where the value of a code word belongs, nil for words without one.
func (p *Payment) place(word string) *string {
	switch word {
	case "EREF":
		return &p.EndToEndID
	case "KREF", "PREF":
		return &p.InstructionID
	case "IREF":
		return &p.TransactionID
	case "MREF", "MARF":
		return &p.MandateID
	case "CRED", "CSID":
		return &p.CreditorID
	case "ABWA", "ABWE", "ULTD", "ULTC":
		return &p.Counterparty.Ultimate
	case "NAME":
		return &p.Counterparty.Name
	case "BIC":
		return &p.Counterparty.BIC
	case "IBAN":
		return &p.Counterparty.IBAN
	case "PURP":
		return &p.Purpose
	case "TRTP":
		return &p.TransactionText
	case "RTRN":
		return &p.ReturnReason
	}
	return nil
}

// slashes reads /WORD/value/WORD/value.
func (e *Entry) slashes(text string) {
	found := slashCodes.FindAllStringSubmatchIndex(text, -1)
	for i, m := range found {
		end := len(text)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		if m[1] > end {
			continue // Two words share a slash.
		}
		word, value := text[m[2]:m[3]], strings.Trim(text[m[1]:end], "/ ")
		switch word {
		case "REMI":
			e.slashRemittance(value)
		case "CNTP":
			parts := append(strings.Split(value, "/"), "", "", "")
			e.word("IBAN", parts[0])
			e.word("BIC", parts[1])
			e.word("NAME", parts[2])
		default:
			e.word(word, value)
		}
	}
}

// slashRemittance reads what follows /REMI/: text, which may be marked as
// unstructured, or a structured reference with the kind of its issuer.
func (e *Entry) slashRemittance(value string) {
	if text, ok := strings.CutPrefix(value, "USTD//"); ok {
		value = text
	}
	if text, ok := strings.CutPrefix(value, "STRD/"); ok {
		kind, ref, _ := strings.Cut(text, "/")
		e.Structured = append(e.Structured, Reference{kind, strings.Trim(ref, "/")})
		return
	}
	if value != "" {
		e.Remittance = append(e.Remittance, value)
	}
}
