package reader

import (
	"encoding/binary"
	"image"
)

// orientation reads the EXIF tag 0x0112 of a JPEG: 1 to 8, and 1 where it says
// nothing sensible.
func orientation(jpeg []byte) int {
	// Segments follow the start of image: FF, a kind, and a length of two bytes.
	for at := 2; at+4 <= len(jpeg) && jpeg[at] == 0xff && jpeg[at+1] != 0xda; {
		length := int(binary.BigEndian.Uint16(jpeg[at+2:]))
		end := min(at+2+length, len(jpeg))
		if jpeg[at+1] == 0xe1 && end-at > 10 && string(jpeg[at+4:at+10]) == "Exif\x00\x00" {
			return tiffOrientation(jpeg[at+10 : end])
		}
		at += 2 + max(length, 2)
	}
	return 1
}

// tiffOrientation reads the tag from the first directory of a TIFF.
func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if string(tiff[:2]) == "MM" {
		order = binary.BigEndian
	}
	at := int(order.Uint32(tiff[4:]))
	if at < 8 || at+2 > len(tiff) {
		return 1
	}
	for i := range int(order.Uint16(tiff[at:])) {
		entry := at + 2 + 12*i
		if entry+12 > len(tiff) {
			break
		}
		if order.Uint16(tiff[entry:]) == 0x0112 {
			if v := int(order.Uint16(tiff[entry+8:])); v >= 1 && v <= 8 {
				return v
			}
		}
	}
	return 1
}

// upright shows an image as an EXIF orientation asks: mirrored (2, 4, 5, 7)
// and turned.
func upright(img image.Image, orientation int) image.Image {
	turns := map[int]int{3: 2, 4: 2, 5: 3, 6: 1, 7: 1, 8: 3}[orientation]
	mirror := orientation == 2 || orientation == 4 || orientation == 5 || orientation == 7
	if turns == 0 && !mirror {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if turns%2 == 1 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			from := x
			if mirror {
				from = w - 1 - x
			}
			tx, ty := turned(turns, x, y, w, h)
			out.Set(tx, ty, img.At(b.Min.X+from, b.Min.Y+y))
		}
	}
	return out
}

// turned tells where a pixel of a w by h image stands after quarter turns
// clockwise.
func turned(turns, x, y, w, h int) (int, int) {
	switch turns & 3 {
	case 1:
		return h - 1 - y, x
	case 2:
		return w - 1 - x, h - 1 - y
	case 3:
		return y, w - 1 - x
	}
	return x, y
}
