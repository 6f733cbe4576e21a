package record

import "strings"

// callingCodes are those of the countries whose companies are met most, by ITU-T
// E.164; trunk is what their people dial before a number at home.
var callingCodes = map[string]struct{ code, trunk string }{
	"AT": {"43", "0"}, "AU": {"61", "0"}, "BE": {"32", "0"}, "BG": {"359", "0"}, "BR": {"55", "0"}, "CA": {"1", "1"}, "CH": {"41", "0"}, "CY": {"357", ""}, "CZ": {"420", ""},
	"DE": {"49", "0"}, "DK": {"45", ""}, "EE": {"372", ""}, "ES": {"34", ""}, "FI": {"358", "0"}, "FR": {"33", "0"}, "GB": {"44", "0"}, "GR": {"30", ""}, "HR": {"385", "0"},
	"HU": {"36", "06"}, "IE": {"353", "0"}, "IN": {"91", "0"}, "IT": {"39", ""}, "LI": {"423", ""}, "LT": {"370", "0"}, "LU": {"352", ""}, "LV": {"371", ""}, "MT": {"356", ""},
	"NL": {"31", "0"}, "NO": {"47", ""}, "PL": {"48", ""}, "PT": {"351", ""}, "RO": {"40", "0"}, "SE": {"46", "0"}, "SI": {"386", "0"}, "SK": {"421", "0"}, "US": {"1", "1"},
}

// E164 brings a telephone number to its international form: "+4962112345". A
// number without a country's code needs the country (ISO 3166) that it is dialled
// in. It is empty where the form cannot be told.
func E164(number, country string) string {
	number = strings.ReplaceAll(number, "(0)", "")
	plus := strings.HasPrefix(strings.TrimSpace(number), "+")
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
	switch c, known := callingCodes[country]; {
	case plus:
	case strings.HasPrefix(digits, "00"):
		digits = digits[2:]
	case !known:
		return ""
	default:
		if c.trunk != "" {
			digits = strings.TrimPrefix(digits, c.trunk)
		}
		digits = c.code + digits
	}
	if len(digits) < 8 || len(digits) > 15 || digits[0] == '0' {
		return ""
	}
	return "+" + digits
}
