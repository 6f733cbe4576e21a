package record

import "strings"

// The checks below get a body whose shape has been matched, so that they meet
// digits where they expect them. "VIES algorithms" is the European Commission's
// collection of its members' check digit rules for VAT numbers, made for VIES.
//
// No number is made of zeros only, though they would satisfy every weighted sum.

// weigh adds up the leading digits of s, each multiplied by its weight.
func weigh(s string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += int(s[i]-'0') * w
	}
	return sum
}

// zeroMod makes the check that the weighted sum, check digit included, is a
// multiple of mod.
func zeroMod(mod int, weights ...int) func(string) bool {
	return func(s string) bool {
		sum := weigh(s, weights...)
		return sum > 0 && sum%mod == 0
	}
}

// endsIn makes the check that the digit after the weighted ones is what digit
// makes of their sum.
func endsIn(digit func(sum int) int, weights ...int) func(string) bool {
	return func(s string) bool {
		sum := weigh(s, weights...)
		return sum > 0 && digit(sum) == int(s[len(weights)]-'0')
	}
}

// number is the value of a string of digits.
func number(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// luhnSum adds up the digits, every second one from the right doubled and then
// its own digits added. ISO/IEC 7812-1, annex B.
func luhnSum(s string) int {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum
}

// luhn checks a number whose last digit is by Luhn's formula, ISO/IEC 7812-1,
// annex B. It is also the rule of the Italian partita IVA: VIES algorithms, IT.
func luhn(s string) bool {
	sum := luhnSum(s)
	return sum > 0 && sum%10 == 0
}

// mod11And10 is the hybrid system MOD 11,10 of ISO 7064. Germany: VIES
// algorithms, DE; Croatia: the OIB's rule, VIES algorithms, HR.
func mod11And10(s string) bool {
	product := 10
	last := len(s) - 1
	for i := range last {
		sum := (int(s[i]-'0') + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
	}
	return number(s) > 0 && (product+int(s[last]-'0'))%10 == 1
}

// checkAT: Luhn's sum over the first seven digits, the eighth digit, and 4 make
// a multiple of ten. VIES algorithms, AT; the UID rule of the Austrian ministry
// of finance.
func checkAT(s string) bool {
	digits := s[1:]
	return number(digits) > 0 && (luhnSum(digits[:7])+number(digits[7:])+4)%10 == 0
}

// checkBE: the last two are 97 less the rest of the first eight by 97. VIES
// algorithms, BE; Crossroads Bank for Enterprises.
func checkBE(s string) bool {
	first := number(s[:8])
	return first > 0 && number(s[8:]) == 97-first%97
}

// checkBG: weights 1 to 8 modulo 11, and 3 to 10 where that gives ten. VIES
// algorithms, BG (legal entities).
func checkBG(s string) bool {
	r := weigh(s, 1, 2, 3, 4, 5, 6, 7, 8) % 11
	if r == 10 {
		r = weigh(s, 3, 4, 5, 6, 7, 8, 9, 10) % 11 % 10
	}
	return number(s) > 0 && r == int(s[8]-'0')
}

// checkCY: odd places are translated by a table, and the sum modulo 26 names
// the letter. VIES algorithms, CY.
func checkCY(s string) bool {
	odd := [10]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21}
	sum := 0
	for i := range 8 {
		d := int(s[i] - '0')
		if i%2 == 0 {
			d = odd[d]
		}
		sum += d
	}
	return number(s[:8]) > 0 && s[8] == byte('A'+sum%26)
}

// checkCZ: 11 less the rest by 11, of which ten stands as 0 and eleven as 1.
// VIES algorithms, CZ (legal entities).
var checkCZ = endsIn(func(sum int) int { return (11 - sum%11) % 10 }, 8, 7, 6, 5, 4, 3, 2)

// checkDK is the CVR number's rule. VIES algorithms, DK.
var checkDK = zeroMod(11, 2, 7, 6, 5, 4, 3, 2, 1)

// checkEE is the KMKR number's rule. VIES algorithms, EE.
var checkEE = zeroMod(10, 3, 7, 1, 3, 7, 1, 3, 7, 1)

// checkEL is the AFM's rule: powers of two modulo 11, ten standing as 0. VIES
// algorithms, EL.
var checkEL = endsIn(func(sum int) int { return sum % 11 % 10 }, 256, 128, 64, 32, 16, 8, 4, 2)

// checkNIF: the letter is by the number's rest by 23. X, Y and Z of a NIE stand
// for 0, 1 and 2; K, L and M are not counted. VIES algorithms, ES (natural
// persons); the Spanish ministry of the interior's rule for NIF and NIE.
func checkNIF(s string) bool {
	digits := s[:8]
	if strings.ContainsRune("XYZ", rune(s[0])) {
		digits = string(s[0]-'X'+'0') + s[1:8]
	} else if s[0] > '9' {
		digits = s[1:8]
	}
	n := number(digits)
	return n > 0 && s[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[n%23]
}

// checkCIF: seven digits and one by Luhn's formula, or the letter that stands
// for it (J for 0, A for 1 …). Which legal form has which is told differently,
// so both pass. VIES algorithms, ES (juridical entities); the first letters are
// those of Orden EHA/451/2008.
func checkCIF(s string) bool {
	last := s[8:]
	if last > "9" {
		last = string(rune('0' + strings.Index("JABCDEFGHI", last)))
	}
	return number(s[1:8]) > 0 && luhn(s[1:8]+last)
}

// checkFI is the business id's rule. VIES algorithms, FI.
var checkFI = zeroMod(11, 7, 9, 10, 5, 8, 4, 2, 1)

// checkFR is the numeric key before the SIREN, which has a check digit itself,
// except that Monaco's numbers, from 000 on, are no SIREN. VIES algorithms, FR
// (old style).
func checkFR(s string) bool {
	siren := s[2:]
	if !strings.HasPrefix(siren, "000") && !luhn(siren) {
		return false
	}
	n := number(siren)
	return n > 0 && number(s[:2]) == (12+3*(n%97))%97
}

// checkGB: weights 8 to 2, and the last two digits, are a multiple of 97, or
// one with 55 added (the "9755" series). HMRC's check of VAT registration
// numbers; VIES algorithms, GB and XI.
func checkGB(s string) bool {
	sum := weigh(s, 8, 7, 6, 5, 4, 3, 2)
	total := sum + number(s[7:9])
	return sum > 0 && (total%97 == 0 || (total+55)%97 == 0)
}

// checkHU is the rule of the tax number's first eight digits. VIES algorithms, HU.
var checkHU = zeroMod(10, 9, 7, 3, 1, 9, 7, 3, 1)

// irishLetter is the check letter for seven digits and what a second letter adds.
func irishLetter(digits string, more int) byte {
	return "WABCDEFGHIJKLMNOPQRSTUV"[(weigh(digits, 8, 7, 6, 5, 4, 3, 2)+more)%23]
}

// checkIE: a second letter, in use since 2013, counts nine times its place in
// the alphabet, W nothing. VIES algorithms, IE; Irish Revenue.
func checkIE(s string) bool {
	more := 0
	if len(s) == 9 && s[8] != 'W' {
		more = 9 * int(s[8]-'A'+1)
	}
	return number(s[:7]) > 0 && s[7] == irishLetter(s, more)
}

// checkOldIE: the second character is not counted, and the first digit goes
// last. VIES algorithms, IE (old style).
func checkOldIE(s string) bool {
	digits := "0" + s[2:7] + s[:1]
	return number(digits) > 0 && s[7] == irishLetter(digits, 0)
}

// checkLT: weights 1, 2 … 9, 1 … modulo 11, and from 3 on where that gives ten.
// VIES algorithms, LT (nine digits, and twelve for temporary payers).
func checkLT(s string) bool {
	last := len(s) - 1
	first, second := 0, 0
	for i := range last {
		first += int(s[i]-'0') * (i%9 + 1)
		second += int(s[i]-'0') * ((i+2)%9 + 1)
	}
	r := first % 11
	if r == 10 {
		r = second % 11 % 10
	}
	return r == int(s[last]-'0')
}

// checkLU: the last two are the rest of the first six by 89. VIES algorithms, LU.
func checkLU(s string) bool {
	first := number(s[:6])
	return first > 0 && first%89 == number(s[6:])
}

// checkLV: the weighted sum leaves 3 by 11. VIES algorithms, LV (legal entities).
func checkLV(s string) bool {
	return weigh(s, 9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)%11 == 3
}

// checkMT: the last two are 37 less the weighted sum's rest by 37. VIES
// algorithms, MT.
func checkMT(s string) bool {
	check := number(s[6:])
	return check <= 37 && (weigh(s, 3, 4, 6, 7, 8, 9)+check)%37 == 0
}

// oldNL is the "elfproef" of the nine digits: the last one counts as -1, which
// is 10 modulo 11.
var oldNL = zeroMod(11, 9, 8, 7, 6, 5, 4, 3, 2, 10)

// checkNL: either by the older rule, or, for the ids of sole traders since
// 2020, by MOD 97-10 of ISO 7064 over the whole id with its prefix. VIES
// algorithms, NL; Belastingdienst, btw-identificatienummer.
func checkNL(s string) bool {
	return number(s[:9]) > 0 && (oldNL(s) || mod97("NL"+s) == 1)
}

// checkNO is the organisation number's rule. Brønnøysund registers,
// "organisasjonsnummeret".
var checkNO = zeroMod(11, 3, 2, 7, 6, 5, 4, 3, 2, 1)

// checkPL is the NIP's rule: the last digit is the weighted sum's rest by 11
// (counted as -1, which is 10). VIES algorithms, PL.
var checkPL = zeroMod(11, 6, 5, 7, 2, 3, 4, 5, 6, 7, 10)

// checkPT is the NIF's rule: 11 less the rest by 11, ten and eleven standing as
// 0. VIES algorithms, PT.
var checkPT = endsIn(func(sum int) int { return (11 - sum%11) % 11 % 10 }, 9, 8, 7, 6, 5, 4, 3, 2)

// nineRO is the rule for a number of full length.
var nineRO = endsIn(func(sum int) int { return sum * 10 % 11 % 10 }, 7, 5, 3, 2, 1, 7, 5, 3, 2)

// checkRO: key 753217532, from the right. VIES algorithms, RO.
func checkRO(s string) bool {
	return nineRO(strings.Repeat("0", 10-len(s)) + s)
}

// checkSE: the organisation number ends by Luhn's formula; the two digits after
// it are not checked. VIES algorithms, SE; Swedish tax agency, SKV 709.
func checkSE(s string) bool { return luhn(s[:10]) }

// checkSI: 11 less the rest by 11, ten standing as 0; eleven is never issued.
// VIES algorithms, SI.
var checkSI = endsIn(func(sum int) int {
	if r := 11 - sum%11; r != 10 {
		return r
	}
	return 0
}, 8, 7, 6, 5, 4, 3, 2)

// checkSK: the whole number is a multiple of 11. VIES algorithms, SK.
func checkSK(s string) bool { return number(s)%11 == 0 }

var digitsCH = zeroMod(11, 5, 4, 3, 2, 7, 6, 5, 4, 1)

// checkCH is the UID's rule. Federal Statistical Office, UID; eCH-0097.
func checkCH(s string) bool { return digitsCH(s[1:]) }
