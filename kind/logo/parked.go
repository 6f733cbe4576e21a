package logo

import (
	"slices"
	"strings"

	"github.com/enrichd/enrichd/webpage"
)

// parkers are hosts of those who park and sell domains.
var parkers = []string{
	"sedo.com", "sedoparking.com", "bodis.com", "parkingcrew.net", "hugedomains.com", "dan.com", "afternic.com", "undeveloped.com", "above.com",
	"domainmarket.com", "buydomains.com", "parklogic.com", "parking.reg.ru", "uniregistry.com", "squadhelp.com", "atom.com", "domainnamesales.com", "voodoo.com", "skenzo.com",
}

// sayings are what pages of parked domains say, in lower case.
var sayings = []string{
	"this domain is for sale", "this domain may be for sale", "domain is for sale", "buy this domain", "this domain is parked", "domain parking", "parked free, courtesy of",
	"the domain name is for sale", "is available for purchase", "make an offer on this domain", "this web page is parked", "this website is parked", "inquire about this domain",
	"diese domain steht zum verkauf", "diese domain kaufen", "domain ist geparkt", "domain steht zum verkauf", "hier entsteht eine neue", "diese webseite wurde geparkt",
	"ce domaine est à vendre", "ce nom de domaine est à vendre", "domaine en vente", "nom de domaine réservé", "ce nom de domaine est enregistré",
	"este dominio está en venta", "dominio en venta", "dominio aparcado", "questo dominio è in vendita", "dominio parcheggiato", "dominio in vendita",
	"dit domein is te koop", "deze domeinnaam is te koop", "domeinnaam geparkeerd", "denna domän är till salu", "domena na sprzedaż", "esse domínio está à venda",
	"welcome to nginx", "apache2 debian default page", "apache2 ubuntu default page", "it works!", "default web site page", "website coming soon", "future home of something quite cool",
	"account suspended", "this account has been suspended", "example domain",
}

// maxParked is how many lines a page may have to be taken for a parked one: what
// says such a thing among much else has something to say of its own.
const maxParked = 60

// parked reports whether a page is that of a domain without a site of its own.
func parked(p *webpage.Page) bool {
	host := strings.ToLower(p.URL.Hostname())
	if slices.ContainsFunc(parkers, func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) }) {
		return true
	}
	says := func(text string) bool {
		text = strings.ToLower(text)
		return slices.ContainsFunc(sayings, func(s string) bool { return strings.Contains(text, s) })
	}
	if says(p.Title) {
		return true
	}
	if len(p.Lines) > maxParked {
		return false
	}
	for _, line := range p.Lines {
		if says(line.Text) {
			return true
		}
	}
	return false
}
