package einvoice

import (
	"fmt"
	"slices"
)

// Error says why a document was refused. Message is meant for a person who
// deals with invoices and can be shown as it is.
type Error struct {
	// Code is one of the Code constants.
	Code string
	// Message says in plain English what is wrong.
	Message string
	// Path is the element in question, empty where the document as a whole is meant.
	Path string
	// Line is the line of the document, from 1, or 0 where no line is meant.
	Line int
}

const (
	// CodeNotXML marks a file that holds no XML: empty, a PDF, JSON, plain text.
	CodeNotXML = "not_xml"
	// CodeUnknownFormat marks sound XML of a format that cannot be read here.
	CodeUnknownFormat = "unknown_format"
	// CodeNoInvoiceData marks an invoice of a known format with nothing in it.
	CodeNoInvoiceData = "no_invoice_data"
	// CodeDoctype marks a document type declaration.
	CodeDoctype = "doctype"
	// CodeMalformed marks XML that is damaged or cut off.
	CodeMalformed = "malformed"
	// CodeTooDeep marks elements nested more than 64 levels deep.
	CodeTooDeep = "too_deep"
	// CodeTooLarge marks a file of more than 10 MiB.
	CodeTooLarge = "too_large"
	// CodeTooManyTokens marks more than 2,000,000 tags, texts and comments.
	CodeTooManyTokens = "too_many_tokens"
	// CodeTooManyEntries marks a list, such as the lines, that is too long.
	CodeTooManyEntries = "too_many_entries"
	// CodeTrailingContent marks something before or after the one document.
	CodeTrailingContent = "trailing_content"
	// CodeBadEncoding marks bytes that are not text in the encoding declared.
	CodeBadEncoding = "bad_encoding"
	// CodeUnreadableTotal marks a total that is not a plain decimal number.
	CodeUnreadableTotal = "unreadable_total"
)

// Error gives the message, and the line where there is one.
func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s (line %d)", e.Message, e.Line)
	}
	return e.Message
}

// Corrupt reports whether the document is damaged or hostile. When it is false
// the document is sound but is no invoice this package can read.
func (e *Error) Corrupt() bool {
	return !slices.Contains([]string{CodeUnknownFormat, CodeNoInvoiceData}, e.Code)
}

// refuse builds an Error that concerns the document as a whole.
func refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// quoted shortens a value from the document so that it fits in a message.
func quoted(s string) string {
	const most = 40
	runes := []rune(s[:min(len(s), 4*most)])
	if len(runes) > most {
		return fmt.Sprintf("%q...", string(runes[:most]))
	}
	return fmt.Sprintf("%q", s)
}
