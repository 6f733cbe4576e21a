package matching

// signature is a sieve for texts: two that share anything worth while have a bit
// in common. It costs an instruction where a comparison costs hundreds.
type signature struct {
	words  mask // worth a little when shared, alone or with the word before
	strong mask // worth much
	cut    mask // beginnings of words that were cut
	whole  mask // beginnings of all words, to meet those
}

// mask is a Bloom filter of two bits a key, each in a word of its own.
type mask [2]uint64

func (a *mask) meets(b *mask) bool { return a[0]&b[0] != 0 && a[1]&b[1] != 0 }

// add sets a key's bits by FNV-1a, which is the same in every run.
func (a *mask) add(key string) {
	h := uint64(14695981039346656037)
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	h ^= h >> 29
	a[0] |= 1 << (h % 64)
	a[1] |= 1 << (h >> 40 % 64)
}

// Bits from which a word, or two common words in a row such as "G G", count for
// a little and for much.
const (
	little = 4
	much   = 8
)

// prefixLetters is how many letters a cut word must have left to be met.
const prefixLetters = 3

// meets says whether two texts may share what adds the bits that are needed.
func (a *signature) meets(b *signature, needed float64) bool {
	if a.cut.meets(&b.whole) || a.whole.meets(&b.cut) {
		return true
	}
	if needed > much {
		return a.strong.meets(&b.strong)
	}
	return a.words.meets(&b.words)
}

// mark adds the k-th of words that stand in a row.
func (s *scorer) mark(g *signature, words []word, k int, t *wordTerms) {
	if !s.onBothSides(t.id) && !t.cut {
		// It can still be the whole of a word that the other side cut.
		if t.surprisal[first] >= little {
			g.whole.add(beginning(s.rows.vocabulary.words[t.id]))
		}
		return
	}
	text, key, bits := s.rows.vocabulary.words[t.id], "", float64(t.surprisal[first])
	switch {
	case bits >= little:
		key = text
	case k > 0 && !words[k].start:
		before := s.rows.vocabulary.words[words[k-1].id]
		key, bits = before+" "+text, s.model.surprisal(before)+float64(t.surprisal[shared])
	}
	if bits >= little {
		g.words.add(key)
	}
	if bits >= much {
		g.strong.add(key)
	}
	if t.surprisal[first] >= little {
		g.whole.add(beginning(text))
	}
	if t.cut && t.prefix >= little && len(text) >= prefixLetters {
		g.cut.add(beginning(text))
	}
}

func (s *scorer) onBothSides(id int32) bool { return s.rows.sides[id] == bothSides }

// beginning gives the first prefixLetters of a word.
func beginning(w string) string {
	n := 0
	for at := range w {
		if n == prefixLetters {
			return w[:at]
		}
		n++
	}
	return w
}
