package reader

import (
	"bytes"
	"crypto/md5"
	"crypto/rc4"
	"encoding/binary"
	"fmt"
	"strings"
)

// buildPDF writes objects, from number 1, which is the catalogue, with a table of
// where they stand; trailer is added to the trailer's dictionary.
func buildPDF(trailer string, objects ...string) []byte {
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
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, table)
	return b.Bytes()
}

func stream(dict, content string) string {
	return fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dict, len(content), content)
}

const catalogue = "<</Type/Catalog/Pages 2 0 R>>"

// pagesPDF has a page for each content; page adds to their dictionaries. The
// font is the third object, pages follow with their contents.
func pagesPDF(page string, contents ...string) []byte {
	var kids []string
	objects := []string{catalogue, "", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"}
	for _, c := range contents {
		n := len(objects) + 1
		kids = append(kids, fmt.Sprintf("%d 0 R", n))
		objects = append(objects, fmt.Sprintf("<</Type/Page/Parent 2 0 R/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R%s>>", n+1, page), stream("", c))
	}
	objects[1] = fmt.Sprintf("<</Type/Pages/MediaBox[0 0 612 792]/Count %d/Kids[%s]>>", len(kids), strings.Join(kids, " "))
	return buildPDF("", objects...)
}

// at shows text with its base line at a point of the page.
func at(size, x, y float64, text string) string {
	return fmt.Sprintf("BT /F1 %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET\n", size, x, y, text)
}

// letter is a page of plain sentences that recognition reads without a fault.
func letter() string {
	lines := []string{
		"Invoice number 2026 for the delivery of bread", "Dear customer, thank you for your order of last week.", "We delivered forty loaves and twelve cakes to your shop.",
		"Please transfer the amount of 128.40 euro within thirty days.", "The total includes the tax and the transport to your door.", "With kind regards from the bakery at the market place",
	}
	var b strings.Builder
	for i, l := range lines {
		b.WriteString(at(14, 72, 700-float64(i)*28, l))
	}
	return b.String()
}

// withAttachment carries one file.
func withAttachment(name, kind, content string) []byte {
	return buildPDF("", "<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a) 5 0 R]>>>>>>", "<</Type/Pages/MediaBox[0 0 612 792]/Count 1/Kids[3 0 R]>>",
		"<</Type/Page/Parent 2 0 R>>", stream("/Type/EmbeddedFile/Subtype/"+strings.ReplaceAll(kind, "/", "#2F")+fmt.Sprintf("/Params<</Size %d>>", len(content)), content),
		"<</Type/Filespec/F("+name+")/UF("+name+")/EF<</F 4 0 R>>>>")
}

// encryptedPDF is encrypted by algorithm 2 of ISO 32000-1 7.6.3.3 (RC4, 40 bits).
func encryptedPDF(password string) []byte {
	const padding = "\x28\xbf\x4e\x5e\x4e\x75\x8a\x41\x64\x00\x4e\x56\xff\xfa\x01\x08\x2e\x2e\x00\xb6\xd0\x68\x3e\x80\x2f\x0c\xa9\xfe\x64\x53\x69\x7a"
	owner, id := strings.Repeat("o", 32), "0123456789abcdef"
	sum := md5.Sum([]byte((password + padding)[:32] + owner + "\xfc\xff\xff\xff" + id))
	key := sum[:5]
	user := cipher(key, padding)
	content := cipher(objectKey(key, 4), at(12, 72, 700, "A secret without a password"))
	return buildPDF(fmt.Sprintf("/Encrypt<</Filter/Standard/V 1/R 2/O<%x>/U<%x>/P -4>>/ID[<%x><%x>]", owner, user, id, id),
		catalogue, "<</Type/Pages/MediaBox[0 0 612 792]/Count 1/Kids[3 0 R]>>",
		"<</Type/Page/Parent 2 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>/Contents 4 0 R>>", stream("", content))
}

func objectKey(key []byte, number uint32) []byte {
	sum := md5.Sum(append(bytes.Clone(key), append(binary.LittleEndian.AppendUint32(nil, number)[:3], 0, 0)...))
	return sum[:len(key)+5]
}

func cipher(key []byte, text string) string {
	c, err := rc4.NewCipher(key)
	if err != nil {
		panic(err) // the key's length is right
	}
	out := make([]byte, len(text))
	c.XORKeyStream(out, []byte(text))
	return string(out)
}
