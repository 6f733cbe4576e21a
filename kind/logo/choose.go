package logo

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/fetch"
	"github.com/enrichd/enrichd/reader"
	"github.com/enrichd/enrichd/record"
)

// Sizes, in pixels.
const (
	wantedSize = 64 // from here on a picture is fit for lists and pages
	leastSize  = 8  // below, nothing can be told from it
)

// picture is a candidate that was fetched and decoded.
type picture struct {
	candidate
	icon    *reader.Icon
	status  int
	finalAt string
}

// alternative is a picture that was not taken.
type alternative struct {
	Value  string `json:"value"`
	WhyNot string `json:"why_not"`
}

// picture fetches a candidate and has it decoded. nil is one that is no logo, and
// why is noted; reached tells whether the server answered.
func (s *search) picture(ctx context.Context, c candidate) (p *picture, reached bool) {
	if why := placeholder(c.url); why != "" {
		s.refuse(c.url, why)
		return nil, false
	}
	if c.data != nil {
		return s.decode(ctx, c, c.data, 0, c.url), true
	}
	res, err := s.get(ctx, fetch.Request{URL: c.url, Timeout: fileTimeout, MaxBytes: pictureBytes, Redirects: maxRedirects})
	if err != nil {
		s.refuse(c.url, "it could not be fetched")
		if s.fault == nil {
			s.fault = err
		}
		return nil, false
	}
	// A picture that comes with an error is the server's, not the company's.
	if res.Status/100 != 2 || len(res.Body) == 0 {
		if !strings.HasPrefix(c.by, "/") {
			s.refuse(c.url, "the server has none there")
		}
		return nil, true
	}
	if why := placeholder(res.URL); why != "" {
		s.refuse(c.url, why)
		return nil, true
	}
	return s.decode(ctx, c, res.Body, res.Status, res.URL), true
}

// decode makes a picture of the bytes of a candidate; nil for none that can be a logo.
func (s *search) decode(ctx context.Context, c candidate, content []byte, status int, at string) *picture {
	icon, err := s.kind.Pictures.Icon(ctx, content)
	if err != nil {
		if !strings.HasPrefix(c.by, "/") {
			s.refuse(c.url, whyUnreadable(err))
		}
		return nil
	}
	if why := s.unfit(ctx, icon); why != "" {
		s.refuse(c.url, why)
		return nil
	}
	return &picture{c, icon, status, at}
}

func (s *search) refuse(address, why string) {
	if len(s.refused) < 20 {
		s.refused = append(s.refused, alternative{address, why})
	}
}

func whyUnreadable(err error) string {
	var fault *reader.Error
	if errors.As(err, &fault) {
		return strings.ToLower(fault.Message[:1]) + strings.TrimSuffix(fault.Message[1:], ".")
	}
	return "it could not be decoded"
}

// unfit says why a picture cannot be a logo; empty where it can.
func (s *search) unfit(ctx context.Context, icon *reader.Icon) string {
	longer, shorter := max(icon.Width, icon.Height), min(icon.Width, icon.Height)
	switch {
	case icon.Blank:
		return "it shows one color alone"
	case shorter < leastSize:
		return "it is too small to show anything"
	case longer > 8*shorter:
		return "it is a stripe"
	case icon.Globe:
		return "it is the globe that stands for a site without a picture"
	}
	others, err := s.kind.Records.DomainsWithLogo(ctx, s.job.Task.WorkspaceID, icon.Hash, s.domain)
	if err == nil && s.unrelated(others) >= 2 {
		return "unrelated sites show the same picture"
	}
	return ""
}

// unrelated counts the domains that do not share the name of this one: acme.de and
// acme.fr may well be one company's.
func (s *search) unrelated(domains []string) int {
	name := func(domain string) string {
		label, _, _ := strings.Cut(record.RegistrableDomain(domain), ".")
		return label
	}
	n := 0
	for _, d := range domains {
		if name(d) != name(s.domain) {
			n++
		}
	}
	return n
}

// services are hosts that make up a picture for every site that is asked for.
var services = []string{
	"t0.gstatic.com", "t1.gstatic.com", "t2.gstatic.com", "t3.gstatic.com", "icons.duckduckgo.com", "www.google.com", "favicon.yandex.net",
	"icon.horse", "api.faviconkit.com", "logo.clearbit.com", "ui-avatars.com", "placehold.co", "via.placeholder.com", "dummyimage.com",
	"sedoparking.com", "img.sedoparking.com", "parkingcrew.net", "d38psrni17bvxu.cloudfront.net",
}

// defaults are names of pictures that builders and servers show where the owner
// gave none.
var defaults = []string{
	"w-logo-blue-white-bg.png", "w-logo-blue.png", "wp-includes/images/", "pfavico.ico", "universal/default-favicon.ico", "default-favicon.ico",
	"default_favicon", "favicon-default", "parking-favicon", "cdn-cgi/images/", "plesk/favicon", "cpanel/favicon", "webflow/images/favicon", "img/globe.png",
	"images/globe.ico", "static.parastorage.com/client/", "s3.amazonaws.com/sites/default", "icons/apache_pb", "weebly.com/favicon", "blogger.com/favicon", "blogspot.com/favicon.ico",
}

// placeholder says why an address cannot lead to a logo; empty where it can.
func placeholder(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "it is no address"
	}
	host := strings.ToLower(u.Hostname())
	if slices.Contains(services, host) && !(host == "www.google.com" && !strings.HasPrefix(u.Path, "/s2/")) {
		return "it comes from a service that makes a picture for every site"
	}
	where := host + strings.ToLower(u.Path)
	if slices.ContainsFunc(defaults, func(d string) bool { return strings.Contains(where, d) }) {
		return "it is what a builder of sites shows where the owner gave none"
	}
	return ""
}

// Ranks of pictures, best first.
const (
	rankIcon  = iota // made to stand for the site, and large enough
	rankLogo         // named as the organisation's logo, and large enough
	rankSmall        // made to stand for the site, but small
	rankCard         // made to be shown with a link
)

func (p *picture) rank() int {
	size := min(p.icon.Width, p.icon.Height)
	switch {
	case isCard(p.by):
		return rankCard
	case size < wantedSize:
		return rankSmall
	case p.by == "schema.org logo" || p.by == "meta[og:logo]":
		return rankLogo
	}
	return rankIcon
}

// choose takes the best picture: of the best rank the largest, of the same size
// the one that came first. A card counts only where it is shaped like a logo.
func (s *search) choose(found []picture) *picture {
	fit := slices.DeleteFunc(found, func(p picture) bool {
		if card := p.rank() == rankCard; !card || p.icon.Width*2 <= p.icon.Height*3 && p.icon.Height*2 <= p.icon.Width*3 {
			return false
		}
		s.refuse(p.url, "it is a picture to be shown with a link, not shaped like a logo")
		return true
	})
	if len(fit) == 0 {
		return nil
	}
	slices.SortStableFunc(fit, func(a, b picture) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(min(b.icon.Width, b.icon.Height), min(a.icon.Width, a.icon.Height)))
	})
	for _, p := range fit[1:] {
		why := "another is larger"
		if p.rank() != fit[0].rank() {
			why = "another stands for the site more surely"
		} else if min(p.icon.Width, p.icon.Height) == min(fit[0].icon.Width, fit[0].icon.Height) {
			why = "another of the same size came first"
		}
		s.refuse(p.url, why)
	}
	return &fit[0]
}
