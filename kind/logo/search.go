package logo

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/fetch"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/webpage"
)

// Limits of one search.
const (
	maxRedirects  = 3 // as reliability asks for every fetch
	maxCandidates = 16
	pageBytes     = 3 << 20
	pictureBytes  = 5 << 20
	pageTimeout   = 15 * time.Second
	fileTimeout   = 10 * time.Second
)

// search is one look for a logo.
type search struct {
	kind    *Kind
	job     enrich.Job
	company record.Company
	domain  string
	at      time.Time
	egress  []string // hosts that were asked, each once
	fault   error    // why the page was not had
	refused []alternative
}

// candidate is a picture that may be the logo.
type candidate struct {
	url, by string
	size    int    // the larger side that it is said to have; 0 where nothing is said
	data    []byte // where it stands in the page itself
}

func (s *search) run(ctx context.Context) enrich.Answer {
	page, base := s.page(ctx)
	page, base = s.onward(ctx, page, base)
	if ctx.Err() != nil {
		return unreachable("The time for it was over.", ctx.Err())
	}
	if page != nil && parked(page) {
		return s.miss(ctx, reasonParked, "The domain is parked or for sale: its pictures are not the company's.", parkedAgain)
	}
	var found []picture
	answered := page != nil
	for _, c := range s.candidates(ctx, page, base) {
		p, reached := s.picture(ctx, c)
		answered = answered || reached
		if p != nil {
			found = append(found, *p)
		}
	}
	if err := ctx.Err(); err != nil {
		return unreachable("The time for it was over.", err)
	}
	if best := s.choose(found); best != nil {
		return s.found(ctx, best)
	}
	switch {
	case answered:
		return s.miss(ctx, reasonNoPicture, "Its site has no picture that can be its logo.", pictureAgain)
	case enrich.CodeOf(s.fault) == fetch.CodeRefused:
		return s.miss(ctx, reasonRefused, "The domain leads to where nothing is fetched from.", pictureAgain)
	case s.job.Attempt < maxAttempts && s.fault != nil:
		return unreachable("The site "+s.domain+" does not answer.", s.fault)
	}
	return s.miss(ctx, reasonUnreachable, "The site "+s.domain+" does not answer.", siteAgain)
}

// page fetches the site's home page, with and without www, over https and else
// http. base is where well-known places are looked for: what answered, or what was
// asked first.
func (s *search) page(ctx context.Context) (*webpage.Page, *url.URL) {
	base := &url.URL{Scheme: "https", Host: s.domain, Path: "/"}
	for _, start := range []string{"https://" + s.domain + "/", "https://www." + s.domain + "/", "http://" + s.domain + "/"} {
		res, err := s.get(ctx, fetch.Request{URL: start, Timeout: pageTimeout, MaxBytes: pageBytes, Cut: true, Redirects: maxRedirects})
		if err != nil {
			if s.fault == nil {
				s.fault = err
			}
			continue
		}
		at, err := url.Parse(res.URL)
		if err != nil {
			continue
		}
		if res.Status/100 != 2 || res.Type != "" && !strings.Contains(res.Type, "html") && !strings.HasPrefix(res.Type, "text/") {
			base = at // a site whose page fails may still have its icons
			continue
		}
		return webpage.Parse(res.Body, res.Header.Get("Content-Type"), at), at
	}
	return nil, base
}

// onward goes where a page sends its readers, once: a start page of a language, or the
// site under its new name.
func (s *search) onward(ctx context.Context, page *webpage.Page, base *url.URL) (*webpage.Page, *url.URL) {
	if page == nil || page.Refresh == "" {
		return page, base
	}
	res, err := s.get(ctx, fetch.Request{URL: page.Refresh, Timeout: pageTimeout, MaxBytes: pageBytes, Cut: true, Redirects: maxRedirects})
	if err != nil || res.Status/100 != 2 || res.Type != "" && !strings.Contains(res.Type, "html") {
		return page, base
	}
	at, err := url.Parse(res.URL)
	if err != nil {
		return page, base
	}
	next := webpage.Parse(res.Body, res.Header.Get("Content-Type"), at)
	next.Icons = append(next.Icons, page.Icons...)
	return next, at
}

// get fetches, and notes whom it asked.
func (s *search) get(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	if u, err := url.Parse(r.URL); err == nil {
		s.asked(u.Hostname())
	}
	res, err := s.kind.Fetcher.Do(ctx, r)
	if err == nil {
		if u, err := url.Parse(res.URL); err == nil {
			s.asked(u.Hostname())
		}
	}
	return res, err
}

func (s *search) asked(host string) {
	for _, known := range s.egress {
		if known == host {
			return
		}
	}
	s.egress = append(s.egress, host)
}

// wellKnown are the places where browsers and phones look by themselves.
var wellKnown = []string{"/apple-touch-icon.png", "/apple-touch-icon-precomposed.png", "/favicon.ico", "/favicon.svg"}

// candidates lists the pictures to look at, each address once: what the page names
// for itself, its manifest's icons, its organisation's logo, the well-known places. Of
// many icons those that are said to be largest are looked at.
func (s *search) candidates(ctx context.Context, page *webpage.Page, base *url.URL) []candidate {
	var icons, list, cards []candidate
	seen := map[string]bool{}
	add := func(to *[]candidate, c candidate) {
		if key := c.url + string(c.data); c.url != "" && !seen[key] {
			seen[key] = true
			*to = append(*to, c)
		}
	}
	if page != nil {
		for _, icon := range page.Icons {
			to := &icons
			if isCard(icon.By) {
				to = &cards
			}
			add(to, candidate{icon.URL, icon.By, icon.Size, icon.Data})
		}
		for _, icon := range s.manifest(ctx, page.Manifest) {
			add(&icons, icon)
		}
		if len(icons) > maxCandidates {
			slices.SortStableFunc(icons, func(a, b candidate) int { return cmp.Compare(b.size, a.size) })
			icons = icons[:maxCandidates]
		}
		for _, o := range page.Organizations[:min(2, len(page.Organizations))] {
			add(&list, candidate{url: webpage.Resolve(page.URL, o.Logo), by: "schema.org logo"})
		}
	}
	for _, path := range wellKnown {
		add(&list, candidate{url: webpage.Resolve(base, path), by: path})
	}
	return slices.Concat(icons, list, cards[:min(2, len(cards))])
}

// isCard tells pictures that are made to be shown with a link: photographs and
// cards more often than logos.
func isCard(by string) bool {
	return strings.Contains(by, "og:image") || strings.Contains(by, "image_src")
}

// manifest reads the icons of a web manifest (W3C, "Web Application Manifest").
func (s *search) manifest(ctx context.Context, address string) []candidate {
	if address == "" {
		return nil
	}
	res, err := s.get(ctx, fetch.Request{URL: address, Timeout: fileTimeout, MaxBytes: 256 << 10, Redirects: maxRedirects})
	if err != nil || res.Status/100 != 2 {
		return nil
	}
	var m struct {
		Icons []struct {
			Src     string `json:"src"`
			Sizes   string `json:"sizes"`
			Purpose string `json:"purpose"`
		} `json:"icons"`
	}
	at, err := url.Parse(res.URL)
	if err != nil || json.Unmarshal(res.Body, &m) != nil {
		return nil
	}
	// A picture made to be cut to any shape has a margin: one made to be shown as it is counts before it.
	var whole, masks []candidate
	for _, icon := range m.Icons {
		c := candidate{url: webpage.Resolve(at, icon.Src), by: "manifest", size: webpage.Size(icon.Sizes)}
		switch {
		case icon.Purpose == "" || strings.Contains(icon.Purpose, "any"):
			whole = append(whole, c)
		case strings.Contains(icon.Purpose, "maskable"):
			masks = append(masks, c)
		}
	}
	return append(whole, masks...)
}
