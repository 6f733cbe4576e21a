package reader

import (
	"bytes"
	"encoding/binary"
	"image"
	"testing"

	"golang.org/x/image/tiff"
)

// twoSheets is a TIFF of two pages of different sizes: the second is appended, its
// offsets are moved, and the first's directory leads to it.
func twoSheets(t testing.TB) []byte {
	t.Helper()
	var first, second bytes.Buffer
	for buffer, width := range map[*bytes.Buffer]int{&first: 40, &second: 70} {
		if err := tiff.Encode(buffer, image.NewGray(image.Rect(0, 0, width, 30)), nil); err != nil {
			t.Fatal(err)
		}
	}
	le := binary.LittleEndian
	a, b := first.Bytes(), second.Bytes()
	base := uint32(len(a))
	moved := func(at uint32) { le.PutUint32(b[at:], le.Uint32(b[at:])+base) }
	dir := le.Uint32(b[4:])
	for i := range uint32(le.Uint16(b[dir:])) {
		entry := dir + 2 + 12*i
		sizes := map[uint16]uint32{3: 2, 4: 4, 5: 8}
		long := sizes[le.Uint16(b[entry+2:])]*le.Uint32(b[entry+4:]) > 4
		if tag := le.Uint16(b[entry:]); long || tag == 273 { // 273: where the strips lie
			moved(entry + 8)
		}
	}
	start := le.Uint32(a[4:])
	le.PutUint32(a[start+2+12*uint32(le.Uint16(a[start:])):], base+dir)
	return append(a, b...)
}

func TestSheets(t *testing.T) {
	content := twoSheets(t)
	file, err := imageFile(content)
	if err != nil || len(file.Pages) != 2 || file.Pages[0].Width != 40 || file.Pages[1].Width != 70 || file.Kind != "tiff" {
		t.Fatalf("%+v, %v", file, err)
	}
	picture, err := renderImage(content, 2, 70)
	if err != nil || picture.Width != 70 || picture.Pages != 2 {
		t.Errorf("the second page: %+v, %v", picture, err)
	}
	if _, err := renderImage(content, 3, 70); err == nil {
		t.Error("there is a third page")
	}
	circle := bytes.Clone(content)
	start := binary.LittleEndian.Uint32(circle[4:])
	binary.LittleEndian.PutUint32(circle[start+2+12*uint32(binary.LittleEndian.Uint16(circle[start:])):], start)
	if n := len(sheets(circle)); n != 1 {
		t.Errorf("%d pages in a circle", n)
	}
}

func FuzzSheets(f *testing.F) {
	f.Add(twoSheets(f))
	f.Fuzz(func(t *testing.T, content []byte) {
		for n := range len(sheets(content)) {
			if _, err := sheet(content, n+1); err != nil {
				t.Fatal(err)
			}
		}
	})
}
