package record

import (
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Mailbox says whose an address of mail is.
type Mailbox string

// The kinds of mailboxes.
const (
	MailboxPerson Mailbox = ""     // a person's at a domain of a company, as far as can be told
	MailboxRole   Mailbox = "role" // of a function: info@, billing@, noreply@
	MailboxFree   Mailbox = "free" // a person's at a provider that gives mailboxes to everybody
	MailboxNone   Mailbox = "none" // no address at all
)

// MailboxOf tells what an address is. A role at a free provider is a role.
func MailboxOf(address string) Mailbox {
	local, domain, ok := SplitMail(address)
	switch {
	case !ok:
		return MailboxNone
	case isRole(local, domain):
		return MailboxRole
	case freeMail[domain] || freeMail[RegistrableDomain(domain)]:
		return MailboxFree
	}
	return MailboxPerson
}

// SplitMail parts an address into its local part and its domain, both in lower
// case. ok is false for what is no plain address (RFC 5322, addr-spec).
func SplitMail(address string) (local, domain string, ok bool) {
	address = strings.TrimSpace(address)
	parsed, err := mail.ParseAddress(address)
	if err != nil || len(address) > 254 || parsed.Address != address {
		return "", "", false
	}
	at := strings.LastIndexByte(address, '@')
	local, domain = strings.ToLower(address[:at]), strings.ToLower(address[at+1:])
	if len(local) > 64 || !strings.Contains(domain, ".") || strings.ContainsAny(local, "\" ") || strings.HasPrefix(domain, "[") {
		return "", "", false
	}
	return local, domain, true
}

// Domain brings what a person or a document wrote for a domain, or an address of
// a site, to the plain host name in lower case, without www: "acme.com". It is
// empty for what is none: no dot, an IP address, a single label.
func Domain(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if _, rest, ok := strings.Cut(text, "://"); ok {
		text = rest
	}
	if i := strings.IndexAny(text, "/?#"); i >= 0 {
		text = text[:i]
	}
	if strings.ContainsAny(text, "@ ") {
		return ""
	}
	if host, _, ok := strings.Cut(text, ":"); ok {
		text = host
	}
	ascii, err := idna.Lookup.ToASCII(strings.Trim(text, "."))
	if err != nil || len(ascii) > 253 || !strings.Contains(ascii, ".") {
		return ""
	}
	last := ascii[strings.LastIndexByte(ascii, '.')+1:]
	if last == "" || last[0] >= '0' && last[0] <= '9' {
		return ""
	}
	return strings.TrimPrefix(ascii, "www.")
}

// RegistrableDomain is the part of a domain that somebody registered: acme.co.uk
// of mail.acme.co.uk, by the public suffix list. A suffix itself has none.
func RegistrableDomain(domain string) string {
	registered, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(strings.Trim(domain, ".")))
	if err != nil {
		return ""
	}
	return registered
}

// MailDomain is the domain of a company's own mail; empty for free mailboxes and
// for what is no address.
func MailDomain(address string) string {
	_, domain, ok := SplitMail(address)
	if !ok || freeMail[domain] || freeMail[RegistrableDomain(domain)] {
		return ""
	}
	return Domain(domain)
}

// isRole reports whether a local part names a function. RFC 2142 names the first
// of them; the others are the words for the functions of a company in the
// languages of its customers. A name may follow after the function
// ("billing.fr", "info2"), and the domain itself is a role as well.
func isRole(local, domain string) bool {
	local, _, _ = strings.Cut(local, "+")
	plain := strings.TrimRight(local, "0123456789")
	words := strings.FieldsFunc(plain, func(r rune) bool { return r == '.' || r == '-' || r == '_' })
	joined := strings.Join(words, "")
	brand, _, _ := strings.Cut(RegistrableDomain(domain), ".")
	switch {
	case joined == "", roleWords[joined], roleWords[strings.TrimSuffix(joined, "s")], joined == brand, compound(joined):
		return true
	case len(words) == 1:
		return false
	}
	for _, word := range words {
		if roleWords[word] && !alsoNames[word] {
			return true
		}
	}
	return false
}

// compound reports whether a word is two functions written together: "salesteam".
func compound(word string) bool {
	for i := 3; i <= len(word)-3; i++ {
		if a, b := word[:i], word[i:]; roleWords[a] && roleWords[b] {
			return true
		}
	}
	return false
}
