package bankfile

import (
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// maxLine bounds a line, in bytes. Lines of bank files are short.
const maxLine = 64 << 10

// lines gives the lines of a text file, whatever ends them, in UTF-8.
type lines struct {
	in      *input
	charmap *charmap.Charmap // for lines that are not UTF-8
	at      bool             // whether @@ ends a line, as in files of German banks
	n       int              // number of the last line
	guessed bool             // whether a line was not UTF-8
	skipLF  bool
	buf     []byte
	rest    string // of a line, for Read
}

func newLines(in *input) *lines {
	return &lines{in: in, charmap: charmap.Windows1252}
}

// next gives a line without its end. ok is false after the last one.
func (l *lines) next() (line string, ok bool, err error) {
	l.buf = l.buf[:0]
	for {
		b, err := l.in.ReadByte()
		if errors.Is(err, io.EOF) {
			if len(l.buf) == 0 {
				return "", false, nil
			}
			break
		}
		if err != nil {
			return "", false, err
		}
		if skip := l.skipLF; skip {
			if l.skipLF = false; b == '\n' {
				continue
			}
		}
		if b == '\n' || b == '\r' {
			l.skipLF = b == '\r'
			break
		}
		if b == 0 {
			return "", false, at(l.n+1, "", BadEncoding, "The file contains zero bytes, which no text may hold.")
		}
		if l.buf = append(l.buf, b); len(l.buf) > maxLine {
			return "", false, at(l.n+1, "", TooLarge, "The line is longer than %d bytes.", maxLine)
		}
		if n := len(l.buf); l.at && n >= 2 && string(l.buf[n-2:]) == "@@" {
			l.buf = l.buf[:n-2]
			break
		}
	}
	l.n++
	return l.decode(), true, nil
}

// decode turns a line into UTF-8. Formats of lines do not declare an encoding,
// and single lines of a file may have another one, so each is decided by itself.
func (l *lines) decode() string {
	if utf8.Valid(l.buf) {
		return string(l.buf)
	}
	l.guessed = true
	text, err := l.charmap.NewDecoder().Bytes(l.buf)
	if err != nil {
		return string(l.buf)
	}
	return string(text)
}

// warn says that the encoding was a guess, if it was.
func (l *lines) warn(to *ledger) {
	if l.guessed {
		to.warn(Warning{Code: EncodingGuessed, Message: "The text is not UTF-8; it was read as " + l.charmap.String() + "."})
	}
}

// Read gives the lines as a stream, each ended by a line feed.
func (l *lines) Read(p []byte) (int, error) {
	if l.rest == "" {
		line, ok, err := l.next()
		if err != nil {
			return 0, err
		}
		if !ok {
			return 0, io.EOF
		}
		l.rest = line + "\n"
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
