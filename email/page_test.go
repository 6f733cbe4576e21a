package email_test

import (
	"strings"
	"testing"

	"github.com/enrichd/enrichd/email"
)

// The text of a message is a file where it is HTML, speaks of money, and nothing else is
// attached.
func TestBillInTheText(t *testing.T) {
	message := func(parts ...string) string {
		return "From: a@example.org\nSubject: Your receipt 4/7\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n" + strings.Join(parts, "\n--x\n") + "\n--x--\n"
	}
	page := func(text string) string {
		return "Content-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n<p>" + text + "</p>"
	}
	pdf := "Content-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\n%PDF-1.7"
	for name, c := range map[string]struct{ in, want, holds string }{
		"an amount":           {message(page("Caf=E9: 12,50&nbsp;EUR")), "Your receipt 4-7.html", "Café"},
		"its currency before": {message(page("Total $ 7")), "Your receipt 4-7.html", "Total"},
		"no amount":           {message(page("Hello, 12 of you")), "", ""},
		"another file":        {message(page("12,50 EUR"), pdf), "a.pdf", "%PDF"},
		"as plain text":       {message("Content-Type: text/plain\n\n12,50 EUR"), "", ""},
	} {
		m, err := email.Parse([]byte(c.in))
		if err != nil {
			t.Fatal(name, err)
		}
		got, content := "", ""
		for _, a := range m.Attachments {
			got, content = got+a.Name, content+string(a.Content)
		}
		if got != c.want || !strings.Contains(content, c.holds) {
			t.Errorf("%s: %q, %q", name, got, content)
		}
	}
}
