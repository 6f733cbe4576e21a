package email

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func message(parts ...string) string {
	return "From: =?utf-8?q?Ren=C3=A9?= <Rene@Example.com>\r\nSubject: =?iso-8859-1?q?R=E9f?=\r\nMessage-ID: <a@b>\r\nDate: Mon, 2 Mar 2026 10:00:00 +0100\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n" + strings.Join(parts, "\r\n--B\r\n") + "\r\n--B--\r\n"
}

func attachment(name, content string) string {
	return fmt.Sprintf("Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=%s\r\nContent-Transfer-Encoding: base64\r\n\r\n%s",
		name, base64.StdEncoding.EncodeToString([]byte(content)))
}

const plain = "Content-Type: text/plain\r\n\r\nHello"

func TestParse(t *testing.T) {
	inner := "Content-Type: message/rfc822\r\n\r\n" + message(plain, attachment("inner.pdf", "%PDF-inner"))
	inner = strings.ReplaceAll(strings.ReplaceAll(inner, "=B\r\n", "=C\r\n"), "--B", "--C")
	m, err := Parse([]byte(message(plain, attachment(`"../../in voice.pdf"`, "%PDF-1"), inner,
		"Content-Type: text/xml; name*=utf-8''Rechnung%20%C3%84.xml\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<a>=C3=A4</a>",
		"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\nx",
		"Content-Type: image/png\r\nContent-ID: <logo>\r\n\r\nx",
		"Content-Type: application/pdf; name=bad.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAAA",
		"Content-Type: message/external-body; access-type=URL\r\n\r\nhttp://x")))
	if err != nil {
		t.Fatal(err)
	}
	if m.ID != "a@b" || m.From != "rene@example.com" || m.FromName != "René" || m.Subject != "Réf" || m.Sent.Format("2006-01-02T15") != "2026-03-02T09" {
		t.Errorf("head %+v", m)
	}
	var names, refused []string
	for _, a := range m.Attachments {
		names = append(names, a.Name+"="+string(a.Content))
	}
	for _, r := range m.Refused {
		refused = append(refused, r.Name+":"+r.Code)
	}
	if got := strings.Join(names, "|"); got != "in voice.pdf=%PDF-1|inner.pdf=%PDF-inner|Rechnung Ä.xml=<a>ä</a>" {
		t.Errorf("attachments %s", got)
	}
	if got := strings.Join(refused, "|"); got != "winmail.dat:winmail|bad.pdf:malformed|unnamed:external_body" {
		t.Errorf("refused %s", got)
	}
}

func TestParseRefuses(t *testing.T) {
	deep := "Subject: x\r\n"
	for i := range 20 {
		deep += fmt.Sprintf("Content-Type: multipart/mixed; boundary=B%d\r\n\r\n--B%d\r\n", i, i)
	}
	for name, c := range map[string]struct{ content, code string }{
		"nothing":    {"", CodeNotEmail},
		"a PDF":      {"%PDF-1.7\n", CodeNotEmail},
		"JSON":       {`{"a": 1}`, CodeNotEmail},
		"deep":       {deep, CodeTooDeep},
		"many parts": {message(strings.Split(strings.Repeat(plain+"\x00", 600), "\x00")[:600]...), CodeTooMany},
		"long":       {"Subject: x\r\n\r\n" + strings.Repeat("x", MaxMessage), CodeTooLarge},
	} {
		var fault *Error
		if _, err := Parse([]byte(c.content)); !errors.As(err, &fault) || fault.Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	long := message(attachment("a.pdf", strings.Repeat("x", 100)))
	if m, err := Parse([]byte(long[:len(long)-60])); err != nil || len(m.Refused) == 0 || len(m.Attachments) != 0 {
		t.Errorf("a message that breaks off: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(message(plain, attachment("a.pdf", "x"))))
	f.Fuzz(func(t *testing.T, content []byte) {
		m, err := Parse(content)
		var fault *Error
		if err != nil && !errors.As(err, &fault) || err == nil && m == nil {
			t.Fatalf("%v", err)
		}
	})
}

func TestBegins(t *testing.T) {
	for content, want := range map[string]bool{
		"From: Ada <ada@a.example>\r\nSubject: x\r\n\r\nHello":         true,
		"Received: by mx\n\tfrom a\nFrom: a@a.example\nSubject: cut o": true,
		"Subject: a note\n\nof no message":                             false,
		"<?xml version=\"1.0\"?>":                                      false,
		"date,amount\n2026-01-01,1.00\n":                               false,
		"":                                                             false,
		"\n":                                                           false,
	} {
		if Begins([]byte(content)) != want {
			t.Errorf("%q", content)
		}
	}
}
