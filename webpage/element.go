package webpage

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// flush ends the line.
func (w *walker) flush() {
	for i, text := range strings.Split(w.line.String(), "\n") {
		if text = squeeze(text); text == "" || len(w.page.Lines) >= maxLines {
			continue
		}
		soft := i > 0 && len(w.page.Lines) > 0
		w.page.Lines = append(w.page.Lines, Line{Text: cut(text, maxLine), Soft: soft, Begins: w.begins, Heading: w.heading, Foot: w.foot > 0, Mail: w.mail, Phone: w.phone})
		w.begins = false
	}
	w.line.Reset()
	w.mail, w.phone = "", ""
}

// link takes icons and the manifest from a link element.
func (w *walker) link(n *html.Node) {
	icon := Icon{URL: w.resolve(attr(n, "href")), Size: Size(attr(n, "sizes"))}
	if icon.URL == "" {
		if icon.Data = dataOf(attr(n, "href")); icon.Data != nil && w.page.URL != nil {
			icon.URL = w.page.URL.String()
		}
	}
	if icon.URL == "" {
		return
	}
	for rel := range strings.FieldsSeq(strings.ToLower(attr(n, "rel"))) {
		switch rel {
		case "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "image_src", "fluid-icon":
			icon.By = "link[rel=" + rel + "]"
			w.icon(icon)
		case "manifest":
			if icon.Data == nil {
				w.page.Manifest = icon.URL
			}
		}
	}
}

// Size is the largest side in a list of sizes such as "16x16 180x180", in pixels; 0 for
// none, and for "any".
func Size(sizes string) (most int) {
	for size := range strings.FieldsSeq(strings.ToLower(sizes)) {
		wide, high, _ := strings.Cut(size, "x")
		for _, side := range []string{wide, high} {
			if n, err := strconv.Atoi(side); err == nil && n < 1<<16 {
				most = max(most, n)
			}
		}
	}
	return most
}

// dataOf is the picture in a data: address (RFC 2397); nil for none, and for a
// placeholder such as "data:,".
func dataOf(address string) []byte {
	rest, ok := strings.CutPrefix(strings.TrimSpace(address), "data:image/")
	head, body, found := strings.Cut(rest, ",")
	if !ok || !found || body == "" || len(body) > maxData*3 {
		return nil
	}
	plain, err := url.PathUnescape(body)
	if err != nil {
		return nil
	}
	content := []byte(plain)
	if strings.HasSuffix(head, ";base64") {
		plain = strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || r == '=' {
				return -1
			}
			return r
		}, plain)
		if content, err = base64.RawStdEncoding.DecodeString(plain); err != nil {
			return nil
		}
	}
	if len(content) > maxData {
		return nil
	}
	return content
}

// meta takes what the page's head says about it.
func (w *walker) meta(n *html.Node) {
	name, content := strings.ToLower(attr(n, "property")), strings.TrimSpace(attr(n, "content"))
	if name == "" {
		name = strings.ToLower(attr(n, "name"))
	}
	if strings.EqualFold(attr(n, "http-equiv"), "refresh") {
		w.refresh(content)
	}
	switch name {
	case "og:site_name":
		w.page.SiteName = squeeze(content)
	case "description", "og:description":
		if w.page.Description == "" {
			w.page.Description = squeeze(content)
		}
	case "og:logo", "og:image", "og:image:secure_url", "msapplication-tileimage", "msapplication-square310x310logo":
		w.icon(Icon{URL: w.resolve(content), By: "meta[" + name + "]"})
	}
}

// soon is how many seconds a page may show before it sends its reader on, to be no
// page by itself.
const soon = 10

// refresh notes where "0; url=/en/" leads.
func (w *walker) refresh(content string) {
	wait, to, found := strings.Cut(content, ";")
	seconds, err := strconv.Atoi(strings.TrimSpace(wait))
	to = strings.TrimSpace(to)
	if !found || err != nil || seconds > soon || len(to) < 4 || !strings.EqualFold(to[:4], "url=") {
		return
	}
	if u := w.resolve(strings.Trim(to[4:], `'" `)); w.page.URL == nil || u != w.page.URL.String() {
		w.page.Refresh = u
	}
}

func (w *walker) icon(icon Icon) {
	if icon.URL == "" || len(w.page.Icons) >= maxIcons {
		return
	}
	for _, known := range w.page.Icons {
		if known.URL == icon.URL && bytes.Equal(known.Data, icon.Data) {
			return
		}
	}
	w.page.Icons = append(w.page.Icons, icon)
}

// anchor notes where a link leads; addresses of mail and phones belong to their line.
func (w *walker) anchor(n *html.Node) {
	href := strings.TrimSpace(attr(n, "href"))
	scheme, rest, _ := strings.Cut(href, ":")
	switch strings.ToLower(scheme) {
	case "mailto":
		address, _, _ := strings.Cut(rest, "?")
		if plain, err := url.PathUnescape(address); err == nil {
			w.mail = strings.TrimSpace(plain)
		}
		return
	case "tel":
		if plain, err := url.PathUnescape(rest); err == nil {
			w.phone = strings.TrimSpace(plain)
		}
		return
	}
	if to := w.resolve(href); to != "" && len(w.page.Links) < maxLinks {
		words := squeeze(innerText(n, 200))
		if words == "" {
			words = squeeze(attr(n, "title") + " " + attr(n, "aria-label"))
		}
		w.page.Links = append(w.page.Links, Link{URL: to, Words: words})
	}
}

// resolve makes an address whole; empty for what no web page is fetched by.
func (w *walker) resolve(ref string) string {
	return Resolve(w.base, ref)
}

// Resolve makes an address of a page whole, without its fragment. It is empty for
// what is no address of the web.
func Resolve(base *url.URL, ref string) string {
	if ref = strings.TrimSpace(ref); ref == "" || len(ref) > 2048 {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// innerText is the text in an element, at most limit bytes.
func innerText(n *html.Node, limit int) string {
	var s strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			s.WriteString(c.Data)
			s.WriteByte(' ')
		}
		if s.Len() > limit {
			break
		}
	}
	return cut(s.String(), limit)
}

// squeeze makes single spaces of white space, and drops what cannot be seen:
// zero-width characters, soft hyphens, marks of direction, and the tags of
// Unicode in which text hides from people and not from programs.
func squeeze(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\u00ad', r >= '\u200b' && r <= '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u2064', r == '\ufeff',
			r >= 0xe0000 && r <= 0xe007f, r < ' ' && r != '\t' && r != '\n' && r != '\r', r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// cut shortens a text to at most limit bytes, between characters.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
