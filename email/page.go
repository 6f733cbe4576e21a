package email

import (
	"io"
	"net/textproto"
	"path"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// keepPage keeps the text of a message that comes as an HTML page.
func (w *walk) keepPage(h textproto.MIMEHeader, body io.Reader, charset string) error {
	content, ok, err := w.decoded(h, body, "")
	if err != nil || !ok {
		return err
	}
	if known, err := htmlindex.Get(charset); err == nil {
		if content, err = known.NewDecoder().Bytes(content); err != nil {
			return nil // a text that cannot be read costs nothing else
		}
	}
	w.page = content
	return nil
}

// money is an amount with a currency, before it or behind.
var money = regexp.MustCompile(`(?i)(?:[€$£]|&euro;|&pound;|\b(?:eur|usd|gbp|chf|cad|aud|pln|sek|dkk|nok|czk|inr)\b)(?:\s|&nbsp;|&#160;)*\d|\d[.,]\d\d(?:\s|&nbsp;|&#160;)*(?:[€$£]|&euro;|&pound;|(?:eur|usd|gbp|chf|cad|aud|pln|sek|dkk|nok|czk|inr|kr|zł|kč)\b)`)

// bill takes the text of a message for a file that it carries, where it carries no other
// and speaks of money: many a bill is the mail itself.
func (w *walk) bill() {
	if len(w.message.Attachments) > 0 || len(w.message.Refused) > 0 || !money.Match(w.page) {
		return
	}
	name := path.Base(strings.NewReplacer("/", "-", `\`, "-").Replace(w.message.Subject))
	if name == "." || name == "" {
		name = "message"
	}
	w.message.Attachments = append(w.message.Attachments, Attachment{Name: name + ".html", Type: "text/html", Content: w.page})
}
