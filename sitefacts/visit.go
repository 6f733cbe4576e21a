package sitefacts

import (
	"cmp"
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/fetch"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/webpage"
)

// Fetcher fetches pages; *fetch.Client is one.
type Fetcher interface {
	Do(ctx context.Context, r fetch.Request) (*fetch.Response, error)
}

// Purpose says which pages of a site are wanted.
type Purpose int

// The purposes.
const (
	ForCompany Purpose = iota // who runs it: imprint, legal notice, contact
	ForPeople                 // and who works there: team pages
)

// Limits of a visit.
const (
	maxPages    = 4 // besides the home page
	maxPage     = 3 << 20
	pageTimeout = 12 * time.Second
	redirects   = 3
)

var (
	imprintLink = regexp.MustCompile(`(?i)impressum|imprint|mentions?[-_ ]?l[ée]gales|legal[-_ ]?(?:notice|info|disclosure)|aviso[-_ ]?legal|note[-_ ]?legali|colofon|anbieterkennzeichnung|offenlegung`)
	contactLink = regexp.MustCompile(`(?i)kontakt|contact|contatti|\babout(?:[-_ ]?us)?\b|[üu]e?ber[-_ ]?uns|qui[-_ ]?sommes|\blegal\b|company|unternehmen`)
	teamLink    = regexp.MustCompile(`(?i)\bteam\b|\bpeople\b|\bstaff\b|mitarbeiter|ansprechpartner|[ée]quipe|who[-_ ]?we[-_ ]?are|leadership|management|\babout(?:[-_ ]?us)?\b|[üu]e?ber[-_ ]?uns`)
)

// Visit fetches the pages of a domain's site that a purpose asks for: those that
// say most come first, the home page last. hosts are those that were asked. The
// error is that of the home page, where trying again may help; a site that
// answers nothing of use has no pages.
func Visit(ctx context.Context, f Fetcher, domain string, purpose Purpose) (pages []*webpage.Page, hosts []string, err error) {
	var home *webpage.Page
	for _, start := range []string{"https://" + domain + "/", "https://www." + domain + "/", "http://" + domain + "/"} {
		page, pageErr := get(ctx, f, start)
		hosts = append(hosts, hostName(start))
		if page != nil {
			home, err = page, nil
			break
		}
		if err == nil && enrich.CodeOf(pageErr) != fetch.CodeRefused {
			err = pageErr
		}
	}
	if home == nil {
		return nil, distinctHosts(hosts), err
	}
	for _, link := range linksOf(home, purpose) {
		if page, _ := get(ctx, f, link); page != nil { // a page that is missing says nothing
			pages = append(pages, page)
		}
		hosts = append(hosts, hostName(link))
	}
	return append(pages, home), distinctHosts(append(hosts, home.URL.Hostname())), ctx.Err()
}

func get(ctx context.Context, f Fetcher, address string) (*webpage.Page, error) {
	res, err := f.Do(ctx, fetch.Request{URL: address, Timeout: pageTimeout, MaxBytes: maxPage, Cut: true, Redirects: redirects})
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(res.URL)
	if err != nil || res.Status/100 != 2 || res.Type != "" && !strings.Contains(res.Type, "html") {
		return nil, nil
	}
	return webpage.Parse(res.Body, res.Header.Get("Content-Type"), at), nil
}

// linksOf are the pages of the same site to go to, best first.
func linksOf(home *webpage.Page, purpose Purpose) []string {
	type ranked struct {
		address string
		rank    int
	}
	var list []ranked
	own := record.RegistrableDomain(home.URL.Hostname())
	for _, l := range home.Links {
		u, err := url.Parse(l.URL)
		if err != nil || record.RegistrableDomain(u.Hostname()) != own || l.URL == home.URL.String() {
			continue
		}
		where := l.Words + " " + u.Path
		rank := 0
		switch {
		case imprintLink.MatchString(where):
			rank = 3
		case purpose == ForPeople && teamLink.MatchString(where):
			rank = 2
		case contactLink.MatchString(where):
			rank = 1
		}
		if rank > 0 && len(where) < 200 && !slices.ContainsFunc(list, func(r ranked) bool { return r.address == l.URL }) {
			list = append(list, ranked{l.URL, rank})
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(b.rank, a.rank) })
	var links []string
	for _, r := range list[:min(maxPages, len(list))] {
		links = append(links, r.address)
	}
	return links
}

func hostName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func distinctHosts(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
