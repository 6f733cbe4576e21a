package filetype

import "testing"

func TestOf(t *testing.T) {
	for content, want := range map[string]struct {
		kind Kind
		name string
	}{
		"%PDF-1.7\n":                  {PDF, "a PDF"},
		"\x89PNG\r\n\x1a\n":           {Image, "a PNG image"},
		"RIFF\x10\x00\x00\x00WEBPVP8": {Image, "a WebP image"},
		"RIFF\x10\x00\x00\x00WAVEfmt": {Unknown, ""},
		"PK\x03\x04":                  {Other, "a ZIP archive or an Office document"},
		"<?xml":                       {Unknown, ""},
		"%PDF":                        {Unknown, ""},
		"":                            {Unknown, ""},
	} {
		if kind, name := Of([]byte(content)); kind != want.kind || name != want.name {
			t.Errorf("%q is %d, %q", content, kind, name)
		}
	}
}

func TestHasAnyPrefix(t *testing.T) {
	if !HasAnyPrefix([]byte("\xfe\xffx"), "\xff\xfe", "\xfe\xff") || HasAnyPrefix([]byte("\xfe"), "\xfe\xff") || HasAnyPrefix(nil) {
		t.Error("a prefix is not told")
	}
}
