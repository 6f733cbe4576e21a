package bankfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/enrichd/enrichd/filetype"
)

// sniffed is how much of a file is looked at to tell its format.
const sniffed = 64 << 10

// input is a file on its way to the reader of its format.
type input struct {
	*bufio.Reader
	format format
	utf16  bool
	opts   Options
}

// format ties a way to recognise a file to the function that reads it.
type format struct {
	is   func(head []byte) bool
	read func(*input, *ledger) error
}

// formats lists what can be read, in the order of trial.
func formats() []format {
	return []format{
		{isOFX, readOFX},
		{isXML, readCamt},
		{isMT, readMT},
		{isBAI2, readBAI2},
		{isTable, readCSV},
	}
}

// open tells the format of a file by its beginning.
func open(r io.Reader, o Options) (*input, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	in := &input{Reader: bufio.NewReaderSize(&capped{r, o.MaxBytes}, sniffed), opts: o}
	head, err := in.peek()
	if err != nil {
		return nil, err
	}
	if _, name := filetype.Of(head); name != "" {
		return nil, refuse(NotABankFile, "The file is %s.", name)
	}
	switch {
	case filetype.HasAnyPrefix(head, "\xff\xfe\x00\x00", "\x00\x00\xfe\xff"):
		return nil, refuse(BadEncoding, "The text is encoded as UTF-32, which is not supported.")
	case filetype.HasAnyPrefix(head, "\xff\xfe", "\xfe\xff"):
		dec := unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder()
		in.Reader, in.utf16 = bufio.NewReaderSize(transform.NewReader(in.Reader, dec), sniffed), true
	case filetype.HasAnyPrefix(head, "\xef\xbb\xbf"):
		if _, err := in.Discard(3); err != nil {
			return nil, err
		}
	}
	if head, err = in.peek(); err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return nil, refuse(NotABankFile, "The file is empty.")
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, refuse(BadEncoding, "The file contains zero bytes, which no text may hold.")
	}
	for _, f := range formats() {
		if f.is(head) {
			in.format = f
			return in, nil
		}
	}
	return nil, refuse(NotABankFile, "The file is no bank file of a format that is known here.")
}

// peek gives the beginning of the file without taking it.
func (in *input) peek() ([]byte, error) {
	head, err := in.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return head, nil
}

// capped ends the reading of what is too large.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p[:min(int64(len(p)), max(c.left, 0)+1)])
	if c.left -= int64(n); c.left < 0 {
		return n, refuse(TooLarge, "The file is larger than allowed.")
	}
	return n, err
}

var xmlOpening = regexp.MustCompile(`^\s*<[?!A-Za-z_]`)

func isXML(head []byte) bool { return xmlOpening.Match(head) }

// memory makes an input of bytes that were read already.
func memory(data []byte) *input {
	return &input{Reader: bufio.NewReader(bytes.NewReader(data))}
}
