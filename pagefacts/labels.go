package pagefacts

import (
	"maps"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// hit is a label found on the paper.
type hit struct {
	role     role
	rank     int
	language string
	line     int
	span
	starts bool // it begins a cell
	colon  bool // it ends in a colon
	fuzzy  bool // a letter or two are wrong
}

// term is what is known about one label.
type term struct {
	key      string
	role     role
	rank     int
	language string
}

// terms are the labels by their squeezed text; the first entry wins where two
// languages share a word.
var terms = compile(vocabulary)

// longestLabel is the most words that a label has.
const longestLabel = 7

func compile(list []entry) map[string]term {
	all := map[string]term{}
	for _, e := range list {
		for _, label := range strings.Split(e.labels, "|") {
			key := squeeze(label)
			if _, ok := all[key]; !ok && key != "" {
				all[key] = term{key, e.role, e.rank, e.language}
			}
		}
	}
	return all
}

// labels finds the labels of a line, left to right, the longest at each place.
func (p *paper) labels(at int) []hit {
	l := &p.lines[at]
	var hits []hit
	for i := 0; i < len(l.words); {
		t, n, fuzzy := p.labelAt(l, i)
		if n == 0 {
			i++
			continue
		}
		cell := l.cellOf(i)
		h := hit{role: t.role, rank: t.rank, language: t.language, line: at, span: span{i, i + n}, fuzzy: fuzzy}
		h.starts = i == cell.from || i > 0 && strings.HasSuffix(l.words[i-1].Text, ":")
		if last := len(hits) - 1; !h.starts && last >= 0 && hits[last].role == h.role && hits[last].to == i && (h.role == buyer || h.role == seller) {
			h.starts = hits[last].starts // "Buyer (Bill to)"
		}
		h.colon = strings.HasSuffix(l.words[i+n-1].Text, ":") || i+n < len(l.words) && l.words[i+n].Text == ":"
		h.qualify(l)
		hits = append(hits, h)
		i = h.to
	}
	return hits
}

// labelAt is the longest label that begins with a word.
func (p *paper) labelAt(l *line, i int) (best term, words int, fuzzy bool) {
	key := ""
	for n := 1; n <= longestLabel && i+n <= len(l.words); n++ {
		if n > 1 && l.words[i+n-1].X0-l.words[i+n-2].X1 > 2.5*l.words[i].height() {
			break
		}
		key += l.keys[i+n-1]
		if l.keys[i+n-1] == "" && n > 1 {
			continue
		}
		if t, ok := terms[key]; ok {
			best, words, fuzzy = t, n, false
		} else if t, ok := p.nearTerm(key); ok && !p.exactInside(l, i, n) {
			best, words, fuzzy = t, n, true
		}
	}
	return best, words, fuzzy
}

// exactInside says whether the words after the first are a label as they stand.
func (p *paper) exactInside(l *line, i, n int) bool {
	_, ok := terms[strings.Join(l.keys[i+1:i+n], "")]
	return n > 1 && ok
}

// lookalikes are the short labels of sums by the shapes of their letters.
var lookalikes = shapes(terms)

func shapes(terms map[string]term) map[string]term {
	all := map[string]term{}
	for _, key := range slices.Sorted(maps.Keys(terms)) {
		t := terms[key]
		if len(key) >= 4 && len(key) < 6 && (t.role == gross || t.role == cash) && t.rank >= 2 {
			all[lookalike(key)] = t
		}
	}
	return all
}

// lookalike writes letters that are taken for one another as one.
func lookalike(key string) string {
	return strings.NewReplacer("i", "l", "1", "l", "t", "l", "j", "l", "0", "o", "d", "o", "5", "s").Replace(key)
}

// nearTerm finds a label with a letter or two recognised wrongly. Short words
// are too near to one another for that.
func (p *paper) nearTerm(key string) (term, bool) {
	n := utf8.RuneCountInString(key)
	if !p.doc.OCR || n > 30 {
		return term{}, false
	}
	if n < 6 {
		t, ok := lookalikes[lookalike(key)]
		return t, ok && n >= 4
	}
	if t, ok := p.near[key]; ok {
		return t, t.key != ""
	}
	allowed := 1
	if n >= 12 {
		allowed = 2
	}
	best := nearest(key, allowed)
	p.near[key] = best
	return best, best.key != ""
}

// nearest is the label within a number of wrong letters, the zero term if none is.
func nearest(key string, allowed int) term {
	var best term
	least := allowed + 1
	letters := lettersOf(key)
	for size := max(len(key)-allowed, 6); size <= len(key)+allowed; size++ {
		for _, c := range bySize[size] {
			if bits.OnesCount64(c.letters^letters) > 2*allowed {
				continue // a wrong letter changes two letters at most
			}
			if d := distance(key, c.term.key, allowed); d < least || d == least && d <= allowed && c.term.key < best.key {
				best, least = c.term, d
			}
		}
	}
	return best
}

// sized is a label with the letters that are in it.
type sized struct {
	term    term
	letters uint64
}

// bySize are the labels by the length of their keys.
var bySize = sizes(terms)

func sizes(terms map[string]term) map[int][]sized {
	all := map[int][]sized{}
	for key, t := range terms {
		all[len(key)] = append(all[len(key)], sized{t, lettersOf(key)})
	}
	return all
}

// lettersOf has a bit for each byte that is in a key, modulo 64.
func lettersOf(key string) uint64 {
	var set uint64
	for i := range len(key) {
		set |= 1 << (key[i] & 63)
	}
	return set
}

// distance is Levenshtein's edit distance, or more than most when it is over.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, low := row[0], i+1
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			before, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, before+cost)
			low = min(low, row[j+1])
		}
		if low > most {
			return most + 1
		}
	}
	return row[len(b)]
}

// qualify reads what follows a total: "excl. VAT" makes it net, "incl. VAT"
// gross.
func (h *hit) qualify(l *line) {
	if h.role != gross && h.role != subtotal && h.role != net {
		return
	}
	cell := l.cellOf(h.from)
	for i := h.to; i < cell.to && i < h.to+2; i++ {
		role := net
		switch {
		case startsWith(l.keys[i], withoutTax):
		case startsWith(l.keys[i], withTax):
			role = gross
		default:
			continue
		}
		h.role, h.rank, h.to = role, 3, i+1
		for h.to < cell.to && terms[l.keys[h.to]].role == tax {
			h.to++
		}
		return
	}
}

func startsWith(s string, list []string) bool {
	for _, prefix := range list {
		if s == prefix || len(prefix) > 3 && strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}
