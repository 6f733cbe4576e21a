package bankfile

import "fmt"

// Code says why a file was refused.
type Code string

// The codes of an [Error].
const (
	// NotABankFile marks a file of another kind, or one that holds no statement.
	NotABankFile Code = "not_a_bank_file"
	// UnsupportedFormat marks a bank file of a format or version that is not read.
	UnsupportedFormat Code = "unsupported_format"
	// Malformed marks a file that breaks its format, is cut off or is followed by something.
	Malformed Code = "malformed"
	// Forbidden marks what no honest bank file has: a DOCTYPE, elements too deep.
	Forbidden Code = "forbidden"
	// BadEncoding marks bytes that are no text in the encoding declared.
	BadEncoding Code = "bad_encoding"
	// BadAmount marks an amount that is not a plain number.
	BadAmount Code = "bad_amount"
	// BadDate marks a date that is none.
	BadDate Code = "bad_date"
	// BadValue marks another value that is none of those the format allows.
	BadValue Code = "bad_value"
	// MissingElement marks an element without which an entry has no meaning.
	MissingElement Code = "missing_element"
	// NeedsMapping marks a table whose columns cannot be told: a person has to.
	NeedsMapping Code = "needs_mapping"
	// TooLarge marks more bytes than allowed.
	TooLarge Code = "too_large"
	// TooManyEntries marks more entries than allowed.
	TooManyEntries Code = "too_many_entries"
)

// Error says why a file was refused, as a whole: half a statement would be
// worse than none. Message is meant for a person and can be shown as it is.
type Error struct {
	Code    Code
	Message string
	Line    int    // line of the file, from 1; 0 where no line is meant
	Path    string // element, field or column; may be empty
}

// Error gives message, place and line.
func (e *Error) Error() string {
	s := e.Message
	if e.Path != "" {
		s += " (" + e.Path
		if e.Line > 0 {
			s += fmt.Sprintf(", line %d", e.Line)
		}
		return s + ")"
	}
	if e.Line > 0 {
		s += fmt.Sprintf(" (line %d)", e.Line)
	}
	return s
}

// refuse builds an Error that concerns the file as a whole.
func refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// at builds an Error for a place in the file.
func at(line int, path string, code Code, format string, args ...any) *Error {
	e := refuse(code, format, args...)
	e.Line, e.Path = line, path
	return e
}

// quoted shortens a value of the file so that it fits in a message.
func quoted(s string) string {
	const most = 40
	runes := []rune(s[:min(len(s), 4*most)])
	if len(runes) > most {
		return fmt.Sprintf("%q...", string(runes[:most]))
	}
	return fmt.Sprintf("%q", s)
}
