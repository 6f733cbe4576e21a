package record

import (
	"strconv"
	"strings"
)

// The rules of check digits, each over the part after the country's letters.
// Sources: the national tax offices' definitions, as collected in the European
// Commission's TIN portal and in ISO 7064 and ISO/IEC 7812.

func verdict(ok bool) Check {
	if ok {
		return CheckValid
	}
	return CheckInvalid
}

func digit(s string, i int) int { return int(s[i] - '0') }

func sumWeighted(s string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += digit(s, i) * w
	}
	return sum
}

// weighted checks that the digits times their weights add up to a multiple.
func weighted(modulus int, weights ...int) func(string) Check {
	return func(s string) Check { return verdict(allDigits(s) && sumWeighted(s, weights...)%modulus == 0) }
}

// luhn is the check digit of ISO/IEC 7812-1 annex B.
func luhn(s string) bool {
	sum := 0
	for i := range s {
		d := digit(s, len(s)-1-i)
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func checkLuhn(s string) Check { return verdict(luhn(s)) }

// checkISO7064 is ISO 7064 MOD 11,10: German VAT ids and the Croatian OIB.
func checkISO7064(s string) Check {
	p := 10
	for i := range len(s) - 1 {
		if p = (digit(s, i) + p) % 10; p == 0 {
			p = 10
		}
		p = 2 * p % 11
	}
	return verdict((11-p)%10 == digit(s, len(s)-1))
}

func checkAT(s string) Check {
	sum := 4
	for i := 1; i < 8; i++ {
		d := digit(s, i)
		if i%2 == 0 {
			d = 2*d/10 + 2*d%10
		}
		sum += d
	}
	return verdict((10-sum%10)%10 == digit(s, 8))
}

func checkBE(s string) Check {
	n, _ := strconv.Atoi(s[:8])
	c, _ := strconv.Atoi(s[8:])
	return verdict(97-n%97 == c)
}

func checkEL(s string) Check {
	return verdict(sumWeighted(s, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == digit(s, 8))
}

// checkFR knows the older keys, two digits: 12 + 3 × (SIREN mod 97), mod 97.
// For the newer keys with letters the form is all that can be said.
func checkFR(s string) Check {
	siren := s[2:]
	if !luhn(siren) && !strings.HasPrefix(siren, "000") { // Monaco's numbers are no SIREN
		return CheckInvalid
	}
	if !allDigits(s[:2]) {
		return CheckFormat
	}
	key, _ := strconv.Atoi(s[:2])
	n, _ := strconv.Atoi(siren)
	return verdict(key == (12+3*(n%97))%97)
}

// checkES knows three forms: people (NIF), foreigners (NIE) and legal entities.
func checkES(s string) Check {
	const letters = "TRWAGMYFPDXBNJZSQVHLCKE"
	switch c := s[0]; {
	case c >= '0' && c <= '9', c >= 'X' && c <= 'Z':
		number := s[:8]
		if c >= 'X' {
			number = string('0'+c-'X') + s[1:8]
		}
		n, _ := strconv.Atoi(number)
		return verdict(letters[n%23] == s[8])
	case strings.ContainsRune("KLM", rune(c)):
		return CheckFormat
	}
	sum := 0
	for i := 1; i < 8; i++ {
		d := digit(s, i)
		if i%2 == 1 {
			d = 2*d/10 + 2*d%10
		}
		sum += d
	}
	control := (10 - sum%10) % 10
	return verdict(s[8] == byte('0'+control) || s[8] == "JABCDEFGHI"[control])
}

// checkIE reads the form of 2013, seven digits and one or two letters, and the
// one before it, whose second character may be a letter or a sign.
func checkIE(s string) Check {
	if !allDigits(s[:7]) {
		s = "0" + s[2:7] + s[:1] + s[7:]
	}
	sum := sumWeighted(s, 8, 7, 6, 5, 4, 3, 2)
	if len(s) == 9 {
		sum += 9 * int(s[8]-'A'+1)
	}
	return verdict("WABCDEFGHIJKLMNOPQRSTUV"[sum%23] == s[7])
}

func checkLU(s string) Check {
	n, _ := strconv.Atoi(s[:6])
	c, _ := strconv.Atoi(s[6:])
	return verdict(n%89 == c)
}

// checkNL knows both rules: modulo 11 over the old number, and modulo 97 over
// the whole id, letters counted as in an IBAN, which sole traders have had since
// 2020. The tenth character is the letter B.
func checkNL(s string) Check {
	if s[9] != 'B' {
		return CheckInvalid
	}
	if allDigits(s[:9]) && sumWeighted(s, 9, 8, 7, 6, 5, 4, 3, 2)%11 == digit(s, 8) {
		return CheckValid
	}
	return verdict(mod97("NL"+strings.NewReplacer("+", "10", "*", "11").Replace(s)) == 1)
}

func checkPL(s string) Check {
	return verdict(sumWeighted(s, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == digit(s, 9))
}

func checkPT(s string) Check {
	c := 11 - sumWeighted(s, 9, 8, 7, 6, 5, 4, 3, 2)%11
	if c > 9 {
		c = 0
	}
	return verdict(c == digit(s, 8))
}

func checkSE(s string) Check { return verdict(luhn(s[:10])) }

func checkSI(s string) Check {
	c := 11 - sumWeighted(s, 8, 7, 6, 5, 4, 3, 2)%11
	if c == 10 {
		c = 0
	}
	return verdict(c == digit(s, 7))
}

func checkSK(s string) Check {
	n, _ := strconv.Atoi(s)
	return verdict(n%11 == 0)
}

// checkGB knows both series of HMRC: the weighted sum plus the check digits is
// a multiple of 97, or is one after 55 is added.
func checkGB(s string) Check {
	if strings.HasPrefix(s, "GD") || strings.HasPrefix(s, "HA") {
		return CheckFormat
	}
	c, _ := strconv.Atoi(s[7:9])
	sum := sumWeighted(s, 8, 7, 6, 5, 4, 3, 2) + c
	return verdict(sum%97 == 0 || (sum+55)%97 == 0)
}
