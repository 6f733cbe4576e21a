package main

import (
	"bytes"
	"fmt"
	"strings"
)

// hybrid writes a paper as a PDF with its XML attached the way Factur-X does: as
// an associated file, named in the metadata.
func hybrid(p paper, xml []byte) []byte {
	return pdf(
		"<</Type/Catalog/Pages 2 0 R/AF[7 0 R]/Names<</EmbeddedFiles<</Names[(factur-x.xml)7 0 R]>>>>/Metadata 9 0 R/Lang(fr)>>",
		"<</Type/Pages/Count 1/Kids[3 0 R]>>",
		fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Resources<</Font<</F1 5 0 R/F2 6 0 R>>>>/Contents 4 0 R>>", paperWidth, paperHeight),
		stream("", drawn(p)),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
		"<</Type/Filespec/F(factur-x.xml)/UF(factur-x.xml)/AFRelationship/Alternative/EF<</F 8 0 R/UF 8 0 R>>>>",
		stream(fmt.Sprintf("/Type/EmbeddedFile/Subtype/text#2Fxml/Params<</Size %d>>", len(xml)), string(xml)),
		stream("/Type/Metadata/Subtype/XML", metadata),
	)
}

// metadata says what Factur-X 1.0 asks for.
const metadata = `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>factur-x.xml</fx:DocumentFileName><fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`

// pdf writes objects, from number 1, which is the catalogue, and the table of
// where they stand.
func pdf(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return b.Bytes()
}

func stream(dict, content string) string {
	return fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dict, len(content), content)
}

// drawn is the content of the page; PDF counts from the bottom.
func drawn(p paper) string {
	var b strings.Builder
	for _, r := range p.rules {
		fmt.Fprintf(&b, ".5 w %g %g m %g %g l S\n", r.x0, paperHeight-r.y, r.x1, paperHeight-r.y)
	}
	for _, t := range p.texts {
		font, x := "F1", t.x
		if t.bold {
			font = "F2"
		}
		if t.right {
			x -= helvetica(t.words, t.bold) * t.size / 1000
		}
		fmt.Fprintf(&b, "BT /%s %g Tf %.2f %g Td (%s) Tj ET\n", font, t.size, x, paperHeight-t.y, winANSI(t.words))
	}
	return b.String()
}

// helvetica is the width of a text in thousandths of its size, by the widths of
// Adobe's font metrics of those letters that right-aligned texts have here.
func helvetica(words string, bold bool) float64 {
	regular := map[rune]float64{' ': 278, ',': 278, '.': 278, 'i': 222, 't': 278, 'r': 333, 'P': 667, 'M': 833, 'Q': 778, 'H': 722, 'T': 611, 'x': 500}
	strong := map[rune]float64{' ': 278, ',': 278, '.': 278, 'i': 278, 't': 333, 'r': 389, 'u': 611, 'o': 611, 'n': 611, 'P': 667, 'M': 833, 'Q': 778, 'H': 722, 'T': 611}
	widths, sum := regular, 0.0
	if bold {
		widths = strong
	}
	for _, r := range words {
		if w, ok := widths[r]; ok {
			sum += w
		} else {
			sum += 556
		}
	}
	return sum
}

// winANSI encodes a text in the encoding of the fonts, with what a PDF string
// must not hold escaped.
func winANSI(words string) string {
	var b strings.Builder
	for _, r := range words {
		switch {
		case r == '€':
			b.WriteString(`\200`)
		case r == '(' || r == ')' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < 0x7f:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\%03o`, r&0xff) // Latin-1 is the same there
		}
	}
	return b.String()
}
