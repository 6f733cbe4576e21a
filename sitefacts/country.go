package sitefacts

import (
	"regexp"
	"strings"
)

// forms are the forms of postcodes by country.
var forms = map[string]*regexp.Regexp{
	"DE": five, "FR": five, "IT": five, "ES": five, "FI": five, "HR": five, "EE": five, "LT": five,
	"AT": four, "CH": four, "LI": four, "BE": four, "LU": four, "DK": four, "NO": four, "HU": four, "SI": four, "BG": four,
	"NL": regexp.MustCompile(`^\d{4} ?[A-Z]{2}$`), "PT": regexp.MustCompile(`^\d{4}-\d{3}$`), "PL": regexp.MustCompile(`^\d{2}-\d{3}$`),
	"SE": three, "CZ": three, "SK": three, "GR": three,
	"GB": regexp.MustCompile(`^[A-Z]{1,2}\d[A-Z0-9]? ?\d[A-Z]{2}$`), "IE": eircode, "US": regexp.MustCompile(`^\d{5}(?:-\d{4})?$`),
}

var (
	five  = regexp.MustCompile(`^\d{5}$`)
	four  = regexp.MustCompile(`^\d{4}$`)
	three = regexp.MustCompile(`^\d{3} \d{2}$`)
)

// fitsForm reports whether a postcode can be one of a country; of countries whose forms
// are not known any can.
func fitsForm(code, country string) bool {
	form := forms[country]
	return form == nil || form.MatchString(code)
}

// domainCountry is the country of the site's domain; empty for one that is of no country.
func (r *reader) domainCountry() string { return countryOfHost(hostOf(r.page)) }

func countryOfHost(host string) string {
	code := strings.ToUpper(host[strings.LastIndexByte(host, '.')+1:])
	if code == "UK" {
		code = "GB"
	}
	if !countryCodes[code] {
		return ""
	}
	return code
}
