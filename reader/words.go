package reader

import (
	"strings"
	"unicode"
)

// char is one character of a text layer and its box, from the top left.
type char struct {
	text           string
	x0, y0, x1, y1 float64
}

// wordsOf groups the characters of a page into words: a white space, a new line
// or a gap wider than a third of the letters' height ends one.
func wordsOf(chars []char) []Word {
	var words []Word
	var current Word
	flush := func() {
		if t := strings.TrimSpace(current.Text); t != "" {
			current.Text, current.Confidence = t, 1
			words = append(words, current)
		}
		current = Word{}
	}
	for _, c := range chars {
		if strings.TrimSpace(c.text) == "" {
			flush()
			continue
		}
		if current.Text != "" && apart(current, c) {
			flush()
		}
		if current.Text == "" {
			current = Word{X0: c.x0, Y0: c.y0, X1: c.x1, Y1: c.y1}
		}
		current.Text += c.text
		current.X0, current.Y0 = min(current.X0, c.x0), min(current.Y0, c.y0)
		current.X1, current.Y1 = max(current.X1, c.x1), max(current.Y1, c.y1)
	}
	flush()
	return words
}

// apart reports whether a character stands too far from a word to belong to it.
func apart(w Word, c char) bool {
	height := max(w.Y1-w.Y0, c.y1-c.y0, 1)
	if c.y0 > w.Y1 || c.y1 < w.Y0 || (c.y0+c.y1)/2 > w.Y1+height*.2 {
		return true
	}
	return c.x0-w.X1 > height*.33 || c.x1 < w.X0-height
}

// trust tells how far a text layer can be trusted, from 0 to 1: the share of
// characters that are letters, digits and usual signs, lowered when words look
// like no language (letters without a vowel, mixed-in symbols).
func trust(words []Word) float64 {
	total, good, letters, odd := 0, 0, 0, 0
	for _, w := range words {
		vowel, long := false, 0
		for _, r := range w.Text {
			total++
			switch {
			case r == unicode.ReplacementChar, unicode.Is(unicode.Co, r), unicode.IsControl(r), r >= 0xfff0:
			case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsPunct(r), unicode.IsSymbol(r), unicode.IsSpace(r), unicode.IsMark(r):
				good++
			}
			if unicode.IsLetter(r) {
				long++
				vowel = vowel || strings.ContainsRune("aeiouyäöüéèêëàâîïôûùœæåøáíóúAEIOUYÄÖÜÉÈÊÀÂÎÔÛÅØ", r) || r > 0x24f
			}
		}
		if long >= 4 {
			letters++
			if !vowel {
				odd++
			}
		}
	}
	if total == 0 {
		return 0
	}
	score := float64(good) / float64(total)
	if letters > 10 && odd*2 > letters {
		score *= .4
	}
	return score
}
