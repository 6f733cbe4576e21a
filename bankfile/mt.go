package bankfile

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

// mtTags are the fields of MT940 and MT942 in SWIFT's category 9, and NS, which
// Dutch and German banks add. What looks like another field inside a text is text.
const mtTags = " 13 13C 13D 20 21 25 25P 28 28C 34F 60F 60M 61 62F 62M 64 65 86 90C 90D NS "

var (
	mtField    = regexp.MustCompile(`^:([0-9]{2}[A-Z]?|NS):`)
	mtCut      = regexp.MustCompile(`^:(?:[0-9]{1,2}[A-Z]?|N|NS)?$`)
	mtDetect   = regexp.MustCompile(`(?:^|[\r\n\x01]|@@|\{4:)\s*:(?:20|25P?|28C?|60[FM]|61|62[FM]|64|NS):`)
	mtBlock    = regexp.MustCompile(`^(?:\{[1-5S]:|-\})`)
	mtEnvelope = regexp.MustCompile(`\{2:[IO](9[0-9]{2})`)
)

func isMT(head []byte) bool { return mtDetect.Match(head) }

// field is one field of a message with the lines it takes.
type field struct {
	tag   string
	lines []string
	size  int // bytes of the lines after the first
	line  int
}

// mt reads MT940 customer statements and MT942 interim reports as SWIFT's
// standards for category 9 have them, with or without the envelope of the
// network, in the dialects of banks.
type mt struct {
	*ledger
	lines   *lines
	field   *field
	held    string // the beginning of a tag, cut by a line end
	interim bool   // MT942
	entry   *Entry // waits for its field 86
	closed  bool   // whether the closing balance was met
	claimed int    // entries as fields 90 count them, -1 without
}

func readMT(in *input, l *ledger) error {
	m := &mt{ledger: l, lines: newLines(in), claimed: -1}
	head, err := in.peek()
	if err != nil {
		return err
	}
	m.lines.at = bytes.Contains(head, []byte("@@:"))
	for {
		line, ok, err := m.lines.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if err := m.line(line); err != nil {
			return err
		}
		if l.full != nil {
			return l.full
		}
	}
	if err := m.endStatement(); err != nil {
		return err
	}
	l.file.Format = "mt940"
	if m.interim {
		l.file.Format = "mt942"
	}
	m.lines.warn(l)
	return nil
}

// line takes the next line: the start of a field, more of one, or the frame
// around a message.
func (m *mt) line(line string) error {
	line = strings.Trim(line, "\x01\x02\x03")
	if mtBlock.MatchString(line) {
		if kind := mtEnvelope.FindStringSubmatch(line); kind != nil {
			m.interim = m.interim || kind[1] == "942"
		}
		if err := m.endField(); err != nil {
			return err
		}
		_, rest, _ := strings.Cut(line, "{4:")
		if line = rest; line == "" {
			return nil
		}
	}
	if m.ends(line) {
		return m.endField()
	}
	if m.held != "" {
		line, m.held = m.held+line, ""
	} else if m.field != nil && mtCut.MatchString(line) {
		m.held = line
		return nil
	}
	line, last := strings.CutSuffix(line, "-}")
	tag := mtField.FindStringSubmatch(line)
	if tag != nil && (strings.Contains(mtTags, " "+tag[1]+" ") || m.field == nil) {
		if err := m.endField(); err != nil {
			return err
		}
		m.field = &field{tag: tag[1], lines: []string{line[len(tag[0]):]}, line: m.lines.n}
	} else if m.field != nil {
		if m.field.size += len(line); m.field.size > maxField || len(m.field.lines) >= maxFieldLines {
			return at(m.lines.n, ":"+m.field.tag+":", TooLarge, "The field has more than %d lines or %d bytes.", maxFieldLines, maxField)
		}
		m.field.lines = append(m.field.lines, line)
	}
	if last {
		return m.endField()
	}
	return nil
}

const (
	maxFieldLines = 1000
	maxField      = 32 << 10 // bytes
)

// ends recognises the line that ends a message: a dash, to which some banks
// add something when the closing balance has been told.
func (m *mt) ends(line string) bool {
	return strings.TrimSpace(line) == "-" || m.closed && strings.HasPrefix(line, "-")
}

// endField takes the field that is complete.
func (m *mt) endField() error {
	f := m.field
	if f == nil {
		return nil
	}
	m.field, m.held = nil, ""
	value := strings.TrimSpace(strings.Join(f.lines, ""))
	switch f.tag {
	case "20":
		return m.begins(f, value)
	case "25", "25P":
		return m.account(f, value)
	case "28", "28C":
		s := m.statement(f)
		s.Number, s.Page, _ = strings.Cut(value, "/")
	case "60F", "60M", "62F", "62M", "64", "65":
		return m.balance(f, value)
	case "61":
		return m.entryLine(f)
	case "86":
		m.information(f)
	case "13D", "34F", "90C", "90D":
		m.interimField(f, value)
	}
	return nil
}

// begins opens a statement with its reference.
func (m *mt) begins(f *field, reference string) error {
	if err := m.endStatement(); err != nil {
		return err
	}
	m.statement(f).ID = reference
	return nil
}

// statement gives the current statement, or a new one where the file has begun
// without a reference.
func (m *mt) statement(f *field) *Statement {
	if m.cur == nil {
		m.begin(&Statement{Line: f.line})
		m.closed, m.claimed = false, -1
	}
	return m.cur
}

// bankBefore finds the BIC or bank number that stands before an account number.
var bankBefore = regexp.MustCompile(`^([A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)/`)

func (m *mt) account(f *field, value string) error {
	if m.cur != nil && m.cur.Account != "" && m.cur.Account != account(value) {
		if err := m.endStatement(); err != nil {
			return err
		}
	}
	s := m.statement(f)
	s.Account = account(value)
	if bic := bankBefore.FindStringSubmatch(value); bic != nil {
		s.BIC = bic[1]
	}
	return nil
}

var mtBalance = regexp.MustCompile(`^R?([CD])([0-9]{6})([A-Z]{3})([0-9,.]+)$`)

// balance reads an opening, closing or available balance.
func (m *mt) balance(f *field, value string) error {
	if err := m.endEntry(); err != nil {
		return err
	}
	parts := mtBalance.FindStringSubmatch(strings.Join(strings.Fields(value), ""))
	if parts == nil {
		return at(f.line, ":"+f.tag+":", Malformed, "The balance is not sign, date, currency and amount: %s.", quoted(value))
	}
	amount, ok := number(strings.Replace(parts[4], ",", ".", 1))
	if !ok {
		return at(f.line, ":"+f.tag+":", BadAmount, "The amount of the balance is not a number: %s.", quoted(parts[4]))
	}
	if parts[1] == "D" {
		amount = amount.Neg()
	}
	date, err := m.shortDate(f, parts[2])
	if err != nil {
		return err
	}
	opens := strings.HasPrefix(f.tag, "60")
	if opens && m.cur != nil && m.cur.Closing != nil {
		if err := m.endStatement(); err != nil {
			return err
		}
	}
	s := m.statement(f)
	kind := map[string]string{"60F": "OPBD", "62F": "CLBD", "60M": "ITBD", "62M": "ITBD", "64": "CLAV", "65": "FWAV"}[f.tag]
	b := &Balance{kind, amount, parts[3], date}
	s.Balances = append(s.Balances, *b)
	m.grow(f.line)
	s.partial = s.partial || kind == "ITBD"
	switch {
	case opens:
		s.Opening = b
	case strings.HasPrefix(f.tag, "62"):
		s.Closing, m.closed = b, true
	default:
		return nil
	}
	if s.Currency == "" {
		s.Currency = b.Currency
	}
	return nil
}

// information takes a field 86: of the entry before it, or of the statement
// when the entries are over.
func (m *mt) information(f *field) {
	text := strings.TrimRight(strings.Join(f.lines, "\n"), "\n ")
	if m.entry != nil && !m.closed {
		m.entry.Information = text
		m.entry.details86(f.lines)
		return
	}
	s := m.statement(f)
	if len(s.Information) < maxField {
		s.Information = strings.TrimSpace(s.Information + "\n" + text)
	}
}

var mtFloor = regexp.MustCompile(`^([A-Z]{3})[CD]?[0-9]`)

var mtCount = regexp.MustCompile(`^([0-9]{1,5})[A-Z]{3}`)

// interimField takes the fields only an MT942 has: floor limit, time, counts.
func (m *mt) interimField(f *field, value string) {
	s := m.statement(f)
	m.interim = m.interim || f.tag != "13D"
	if code := mtFloor.FindStringSubmatch(value); f.tag == "34F" && code != nil && s.Currency == "" {
		s.Currency = code[1]
	}
	if count := mtCount.FindStringSubmatch(value); strings.HasPrefix(f.tag, "90") && count != nil {
		n, _ := strconv.Atoi(count[1])
		m.claimed = max(m.claimed, 0) + n
	}
}

// endEntry hands the waiting entry over.
func (m *mt) endEntry() error {
	if m.entry == nil {
		return nil
	}
	e := m.entry
	m.entry = nil
	return m.add(e)
}

func (m *mt) endStatement() error {
	if err := m.endField(); err != nil {
		return err
	}
	if err := m.endEntry(); err != nil {
		return err
	}
	if m.cur == nil {
		return nil
	}
	if m.claimed >= 0 && m.claimed != m.entries {
		m.warn(Warning{Code: EntriesMissing, Line: m.cur.Line, Message: "The bank counts " + strconv.Itoa(m.claimed) +
			" entries, the statement holds " + strconv.Itoa(m.entries) + "."})
	}
	m.end()
	return nil
}
