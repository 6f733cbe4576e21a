// Package filetype tells a file by its first bytes.
//
// Every room that reads what strangers send asks here first, so that a PDF in
// the place of a bank statement is called a PDF, in the same words everywhere.
package filetype

import "bytes"

// Kind is what can be done with a file.
type Kind int

// The kinds.
const (
	Unknown Kind = iota // text, or nothing that is known
	PDF
	Image // of a format that can be decoded: PNG, JPEG, GIF, WebP, TIFF
	Other // known, and not read by anybody here
)

// Of tells a file by its first bytes, whatever its name says. name is what it is,
// with its article, for people; empty for an unknown one.
func Of(content []byte) (kind Kind, name string) {
	for _, known := range []struct {
		start string
		kind  Kind
		name  string
	}{
		{"%PDF-", PDF, "a PDF"},
		{"\x89PNG", Image, "a PNG image"},
		{"\xff\xd8\xff", Image, "a JPEG image"},
		{"GIF8", Image, "a GIF image"},
		{"II*\x00", Image, "a TIFF image"},
		{"MM\x00*", Image, "a TIFF image"},
		{"PK\x03\x04", Other, "a ZIP archive or an Office document"},
		{"\x1f\x8b", Other, "a GZIP archive"},
		{"\xd0\xcf\x11\xe0", Other, "an old Office document"},
		{"{\\rtf", Other, "an RTF document"},
	} {
		if bytes.HasPrefix(content, []byte(known.start)) {
			return known.kind, known.name
		}
	}
	if len(content) >= 12 && string(content[:4]) == "RIFF" && string(content[8:12]) == "WEBP" {
		return Image, "a WebP image"
	}
	return Unknown, ""
}

// HasAnyPrefix reports whether data begins with one of the prefixes.
func HasAnyPrefix(data []byte, prefixes ...string) bool {
	for _, p := range prefixes {
		if bytes.HasPrefix(data, []byte(p)) {
			return true
		}
	}
	return false
}
