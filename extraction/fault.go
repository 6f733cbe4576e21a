package extraction

import (
	"errors"

	"github.com/enrichd/enrichd/blob"
	"github.com/enrichd/enrichd/einvoice"
	"github.com/enrichd/enrichd/reader"
)

// Fault is a failed read in words for people.
type Fault struct {
	Means   Meaning
	Code    string // lower_snake
	Message string // one sentence
	Path    string // of the XML element at fault; may be empty
}

// Meaning says what a failed read means for who asked for it.
type Meaning int

// The meanings.
const (
	Away        Meaning = iota // something around the content cannot be reached: try again
	Damaged                    // the content is broken: it fails
	Foreign                    // it is XML, but no electronic invoice
	Unsupported                // it is a format that is not read; Message says which
)

// FaultOf says what an error of Read means.
func FaultOf(err error) Fault {
	var xml *einvoice.Error
	var page *reader.Error
	var unsupported *UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return Fault{Means: Unsupported, Code: "unsupported_format", Message: unsupported.Is}
	case errors.As(err, &xml) && !xml.Corrupt():
		return Fault{Means: Foreign, Code: xml.Code, Message: xml.Error(), Path: xml.Path}
	case errors.As(err, &xml):
		return Fault{Means: Damaged, Code: xml.Code, Message: xml.Error(), Path: xml.Path}
	case errors.As(err, &page) && page.Code == reader.CodeOCRUnavailable:
		return Fault{Means: Away, Code: page.Code, Message: page.Message}
	case errors.As(err, &page):
		return Fault{Means: Damaged, Code: page.Code, Message: page.Message}
	case errors.Is(err, blob.ErrNotFound):
		return Fault{Means: Damaged, Code: "content_missing", Message: "Its content is not in the store."}
	}
	return Fault{Means: Away, Code: "temporarily_unavailable", Message: "The document could not be read at the moment."}
}
