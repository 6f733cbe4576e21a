package reader

import "math"

// File is what a parse found.
type File struct {
	Kind        string // pdf, html, png, jpeg, gif, webp
	Pages       []Page
	Attachments []Attachment // at most 20, of 10 MiB each and 20 MiB together
	Left        int          // attachments that were left out for those limits
	Encrypted   bool         // it is encrypted, with an empty password
	// Meta holds what a PDF says about itself: Title, Author, Creator, Producer,
	// CreationDate, each at most 1,000 bytes, and only those that are there.
	Meta map[string]string
}

// Page is one page with its words. Lengths are points (1/72 inch) from the top
// left of the page as it is shown; the pixels of an image count as points, as if
// it had 72 to the inch. A recognised page that had to be turned to be read is
// measured as it stands after the turn: see Rotation and Shown.
type Page struct {
	N          int // from 1
	Width      float64
	Height     float64
	Source     string // text_layer, ocr or none
	Words      []Word // in reading order
	Text       string // the words, a line of the page on each line
	Confidence float64
	Grade      string  // excellent, good, fair, poor
	Rotation   int     // degrees clockwise that the page was turned by to be read: 0, 90, 180, 270
	Skew       float64 // degrees clockwise by which its lines fell after that turn, before they were set right
	Garbled    bool    // its text layer cannot be trusted
	// GarbleScore tells how little a text layer looks like text, from 0 to 1;
	// from .5 on it counts as garbled.
	GarbleScore float64
	Language    string  // ISO 639-1, of the six that are told apart, or empty
	Images      int     // pictures on the page
	Covered     float64 // share of the page under pictures, from 0 to 1
	Blank       bool    // nothing at all is drawn on it
	Damaged     bool    // it could not be loaded, unlike others of its file
}

// Reasons of Page.OCRReason.
const (
	ReasonNoText  = "no_text"      // it has no text layer, but something is drawn on it
	ReasonGarbled = "garbled_text" // its text layer is no text
	ReasonPicture = "picture"      // a picture covers it, and next to no text
)

// sparse is how many words a page under a picture needs to be more than a scan
// with a stamp or a page number.
const sparse = 8

// OCRReason tells why the page must be recognised; empty when it need not be.
func (p Page) OCRReason() string {
	switch {
	case p.Blank, p.Damaged, p.Source == "ocr":
		return ""
	case p.Garbled:
		return ReasonGarbled
	case p.Source == "none" || len(p.Words) == 0:
		return ReasonNoText
	case len(p.Words) < sparse && p.Covered >= .5:
		return ReasonPicture
	}
	return ""
}

// NeedsOCR reports whether the page must be recognised: it has no text that can
// be trusted.
func (p Page) NeedsOCR() bool { return p.OCRReason() != "" }

// Shown brings a box (left, top, right, bottom) from the frame of Words to the
// page as Render shows it: the straightening by Skew and the turn by Rotation
// are undone. Where the page was straightened the box grows, so that it still
// holds its words, which lean there.
func (p Page) Shown(box [4]float64) [4]float64 {
	box = p.leaning(box)
	x0, y0, x1, y1 := box[0], box[1], box[2], box[3]
	switch p.Rotation {
	case 90:
		return [4]float64{y0, p.Width - x1, y1, p.Width - x0}
	case 180:
		return [4]float64{p.Width - x1, p.Height - y1, p.Width - x0, p.Height - y0}
	case 270:
		return [4]float64{p.Height - y1, x0, p.Height - y0, x1}
	}
	return box
}

// leaning is the box around a box that deskew had set right.
func (p Page) leaning(box [4]float64) [4]float64 {
	if p.Skew == 0 {
		return box
	}
	sin, cos := math.Sincos(p.Skew * math.Pi / 180)
	cx, cy := p.Width/2, p.Height/2
	out := [4]float64{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, corner := range [][2]float64{{box[0], box[1]}, {box[2], box[1]}, {box[0], box[3]}, {box[2], box[3]}} {
		dx, dy := corner[0]-cx, corner[1]-cy
		x, y := cx+dx*cos-dy*sin, cy+dx*sin+dy*cos
		out = [4]float64{min(out[0], x), min(out[1], y), max(out[2], x), max(out[3], y)}
	}
	return out
}

// Word is one word and its box.
type Word struct {
	X0, Y0, X1, Y1 float64 // points
	Text           string
	Confidence     float64 // 0 to 1
	Line           int     // words of one line share it; from 1, in reading order
	Block          int     // lines of one block share it; from 1, in reading order
	FontSize       float64 // points; 0 for recognised words
}

// Attachment is a file inside a PDF.
type Attachment struct {
	Name     string // without folders
	MimeType string // what the PDF says, or what the content looks like
	Content  []byte
}

// gradeOf puts a confidence into a word. Thresholds: those of Docling's
// confidence grades (below .5 poor, below .8 fair, below .9 good).
func gradeOf(confidence float64) string {
	switch {
	case confidence < .5:
		return "poor"
	case confidence < .8:
		return "fair"
	case confidence < .9:
		return "good"
	}
	return "excellent"
}
