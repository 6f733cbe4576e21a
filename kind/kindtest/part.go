package kindtest

import (
	"hash/fnv"
	"strings"
	"unicode"
)

// Parts of a set of documents when rules are tuned.
const (
	Tuning  = "tuning"
	HeldOut = "held out"
)

// Part says in which part the documents of an issuer are: about a third of the
// issuers is held out, by a byte of the name's FNV-1a hash, so that an issuer is in
// the same part in every set. Case, spaces and signs of its name do not matter.
func Part(issuer string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, issuer)
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(plain))
	if byte(hash.Sum32()>>16) < 256/3 {
		return HeldOut
	}
	return Tuning
}
