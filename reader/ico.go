package reader

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
)

// icoStart begins an ICO: reserved 0, type 1. A cursor is type 2.
const icoStart = "\x00\x00\x01\x00"

// maxPictures is how many pictures of an ICO are looked at.
const maxPictures = 64

// decodeICO decodes the largest picture of an ICO, of several the one with the most
// colors. A picture is a PNG, or a bitmap without its file header whose
// height counts a mask of one bit, too (Microsoft, "Icons", 1995).
func decodeICO(content []byte) (image.Image, error) {
	damaged := faultf(CodeDamaged, "The ICO is damaged.")
	if len(content) < 6 {
		return nil, damaged
	}
	count := min(int(binary.LittleEndian.Uint16(content[4:])), maxPictures)
	var best image.Image
	most := -1
	for i := range count {
		entry := content[6:]
		if len(entry) < 16*(i+1) {
			break
		}
		entry = entry[16*i : 16*i+16]
		size, at := int64(binary.LittleEndian.Uint32(entry[8:])), int64(binary.LittleEndian.Uint32(entry[12:]))
		if at+size > int64(len(content)) || size < 40 {
			continue
		}
		img, depth, err := icoPicture(content[at : at+size])
		if err != nil {
			continue
		}
		if rank := img.Bounds().Dx()*img.Bounds().Dy()*64 + depth; rank > most {
			best, most = img, rank
		}
	}
	if best == nil {
		return nil, damaged
	}
	return best, nil
}

// icoPicture decodes one picture; depth is its bits for a pixel.
func icoPicture(data []byte) (image.Image, int, error) {
	if bytes.HasPrefix(data, []byte("\x89PNG")) {
		config, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil || config.Width > maxPixels/max(1, config.Height) {
			return nil, 0, faultf(CodeDamaged, "A PNG in the ICO is damaged.")
		}
		img, err := png.Decode(bytes.NewReader(data))
		return img, 32, err
	}
	b, err := readBitmap(data)
	if err != nil {
		return nil, 0, err
	}
	return b.image(), b.depth, nil
}

// bitmap is a picture of an ICO: rows from the bottom up, each on a multiple of
// four bytes, and after them the mask, where a set bit is transparent.
type bitmap struct {
	width, height, depth int
	palette              []byte // four bytes a color: blue, green, red, nothing
	pixels, mask         []byte // mask is empty where the file ends before it
	stride, maskStride   int
}

func readBitmap(data []byte) (*bitmap, error) {
	fault := faultf(CodeDamaged, "A bitmap in the ICO is damaged.")
	le := binary.LittleEndian
	header := int(le.Uint32(data))
	b := &bitmap{width: int(int32(le.Uint32(data[4:]))), height: int(int32(le.Uint32(data[8:]))) / 2, depth: int(le.Uint16(data[14:]))}
	if header < 40 || header > len(data) || b.width <= 0 || b.height <= 0 || b.width > 1024 || b.height > 1024 || le.Uint32(data[16:]) != 0 {
		return nil, fault
	}
	rest := data[header:]
	switch b.depth {
	case 1, 4, 8:
		colors := int(le.Uint32(data[32:]))
		if colors <= 0 || colors > 1<<b.depth {
			colors = 1 << b.depth
		}
		if len(rest) < colors*4 {
			return nil, fault
		}
		b.palette, rest = rest[:colors*4], rest[colors*4:]
	case 24, 32:
	default:
		return nil, fault
	}
	b.stride, b.maskStride = (b.width*b.depth+31)/32*4, (b.width+31)/32*4
	if len(rest) < b.stride*b.height {
		return nil, fault
	}
	b.pixels, rest = rest[:b.stride*b.height], rest[b.stride*b.height:]
	if len(rest) >= b.maskStride*b.height {
		b.mask = rest[:b.maskStride*b.height]
	}
	return b, nil
}

// image draws the bitmap. A picture of 32 bits has its own opacity, unless that is
// nothing everywhere: then the mask counts, as for the others.
func (b *bitmap) image() image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, b.width, b.height))
	opaque := false
	for y := range b.height {
		row := b.pixels[(b.height-1-y)*b.stride:]
		for x := range b.width {
			c := b.at(row, x)
			opaque = opaque || c.A != 0
			img.SetNRGBA(x, y, c)
		}
	}
	if b.depth == 32 && opaque {
		return img
	}
	for y := range b.height {
		for x := range b.width {
			through := b.mask != nil && b.mask[(b.height-1-y)*b.maskStride+x/8]&(0x80>>(x%8)) != 0
			if i := img.PixOffset(x, y); through {
				img.Pix[i+3] = 0
			} else {
				img.Pix[i+3] = 255
			}
		}
	}
	return img
}

func (b *bitmap) at(row []byte, x int) color.NRGBA {
	switch b.depth {
	case 32:
		p := row[x*4 : x*4+4]
		return color.NRGBA{p[2], p[1], p[0], p[3]}
	case 24:
		p := row[x*3 : x*3+3]
		return color.NRGBA{p[2], p[1], p[0], 255}
	}
	perByte := 8 / b.depth
	i := int(row[x/perByte]>>(8-b.depth*(x%perByte+1))) & (1<<b.depth - 1)
	if i*4+4 > len(b.palette) {
		return color.NRGBA{A: 255}
	}
	p := b.palette[i*4 : i*4+4]
	return color.NRGBA{p[2], p[1], p[0], 255}
}
