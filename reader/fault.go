package reader

import "fmt"

// Error says why a file was not read. Message is one sentence that is safe to
// show: it names the limit that was met, and nothing of the file's content.
type Error struct{ Code, Message string }

// Error gives code and message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Codes of Error.
const (
	CodeDamaged        = "damaged"           // it is no whole file of its kind
	CodeEncrypted      = "encrypted"         // it asks for a password
	CodeNoSuchPage     = "no_such_page"      // a page was asked for that it does not have
	CodeTooManyPages   = "too_many_pages"    // more than Options.MaxPages
	CodeTooManyPixels  = "too_many_pixels"   // an image of more than 25 million
	CodeUnsupported    = "unsupported_image" // an image of a kind that is not read
	CodeResourceLimit  = "resource_limit"    // it needed more memory, input or output than allowed
	CodeTimeout        = "timeout"           // it took longer than allowed
	CodeCrashed        = "reader_crashed"    // the child died of it
	CodeOCRUnavailable = "ocr_unavailable"   // tesseract or its languages are not installed
)

func faultf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
