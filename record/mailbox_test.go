package record

import (
	"strings"
	"testing"
)

// roles are two hundred local parts of functions, as companies write them.
const roles = `info billing accounts sales support contact hello office admin invoices noreply no-reply do-not-reply donotreply postmaster abuse webmaster hostmaster security privacy
	legal hr jobs careers recruiting press media marketing newsletter orders order purchasing procurement accounting accounts-payable accounts.receivable ap ar finance treasury tax payroll
	help helpdesk it service services customerservice customer-service customer.care customercare returns shipping logistics warehouse dispatch delivery booking bookings reservations reception frontdesk team
	rechnung rechnungen rechnungseingang buchhaltung mahnwesen vertrieb verkauf einkauf kundenservice kundendienst bewerbung personal datenschutz impressum kontakt zentrale verwaltung sekretariat buero empfang bestellung
	bestellungen lager versand redaktion presse geschaeftsfuehrung facture factures facturation compta comptabilite commercial contactez-nous accueil direction secretariat service-client recrutement commande commandes livraison sav achats
	fatture amministrazione ufficio ordini acquisti vendite assistenza segreteria facturacion contabilidad ventas compras pedidos administracion atencion.cliente hola facturen boekhouding verkoop inkoop klantenservice
	invoice billing.fr billing-de invoices2 info1 info.uk sales-emea sales.team support+ticket123 invoice-noreply notifications notification alerts mailer-daemon bounce bounces daemon root system automailer
	mailing news events event webinar training academy partners partner affiliates investors ir board press-office public-relations pr social community feedback survey quality compliance audit
	ceo cfo cto coo director manager owner technical tech engineering dev developers devops api status monitoring noc operations ops facility fleet travel insurance claims claim contracts
	licensing licenses renewals subscriptions subscription payments payment pay refunds refund collections credit creditcontrol remittance statements e-invoice erechnung e-rechnung scan scanner printer fax
	store shop webshop ecommerce marketplace product products catalogue catalog quotes quote offers tender tenders projects project planning production workshop reparatur`

// Nobody is made of the mailbox of a function: 0 of these.
func TestRoleAddressesAreNobody(t *testing.T) {
	list := strings.Fields(roles)
	if len(list) < 200 {
		t.Fatalf("%d addresses", len(list))
	}
	wrong := 0
	for _, local := range list {
		for _, domain := range []string{"acme.com", "gmail.com"} {
			if got := MailboxOf(local + "@" + domain); got != MailboxRole {
				wrong++
				t.Errorf("%s@%s is %q", local, domain, got)
			}
		}
	}
	t.Logf("%d of %d role addresses made into people", wrong, len(list))
}

func TestMailboxes(t *testing.T) {
	for address, want := range map[string]Mailbox{
		"marie.dupont@acme.fr": MailboxPerson, "j.smith@acme.co.uk": MailboxPerson, "ada@acme.com": MailboxPerson, "anna-lena.mueller@acme.de": MailboxPerson, "mark.law@acme.com": MailboxPerson, "peter.post@acme.com": MailboxPerson,
		"ada@gmail.com": MailboxFree, "ada.l@t-online.de": MailboxFree, "acme@acme.com": MailboxRole, "ACME@acme.co.uk": MailboxRole, "Info@Acme.com": MailboxRole,
		"": MailboxNone, "ada": MailboxNone, "ada@localhost": MailboxNone, "a b@acme.com": MailboxNone, "ada@acme.com, bob@acme.com": MailboxNone, "Ada <ada@acme.com>": MailboxNone,
	} {
		if got := MailboxOf(address); got != want {
			t.Errorf("%q is %q, want %q", address, got, want)
		}
	}
}

func TestDomain(t *testing.T) {
	for text, want := range map[string]string{
		"https://www.Acme.com/about?x": "acme.com", "acme.com:8080": "acme.com", "WWW.acme.co.uk.": "acme.co.uk", "bücher.de": "xn--bcher-kva.de",
		"localhost": "", "127.0.0.1": "", "http://[::1]/": "", "ada@acme.com": "", "": "", "acme": "", "a b.com": "",
	} {
		if got := Domain(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestE164(t *testing.T) {
	for _, c := range [][3]string{
		{"0711 / 123 45 67", "DE", "+497111234567"},
		{"+49 (0)711 1234567", "", "+497111234567"},
		{"0033 1 23 45 67 89", "DE", "+33123456789"},
		{"01 23 45 67 89", "FR", "+33123456789"},
		{"06 1234 5678", "IT", "+390612345678"},
		{"020 7946 0000", "GB", "+442079460000"},
		{"(212) 555-0100", "US", "+12125550100"},
		{"12345", "DE", ""},
		{"0711 1234567", "", ""},
		{"", "DE", ""},
	} {
		if got := E164(c[0], c[1]); got != c[2] {
			t.Errorf("%q in %s is %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
