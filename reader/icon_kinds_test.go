package reader

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/gif"
	"testing"
)

// Two animations of two frames, made with cwebp and webpmux: lossless, and lossy with opacity.
const (
	movingLossless = "UklGRqwAAABXRUJQVlA4WAoAAAASAAAAPwAAPwAAQU5JTQYAAAD/////AABBTk1GPAAAAAAAAAAAAD8AAD8AAMgAAABWUDhMIwAAAC8/wA8QDzAegzwe8x/wUNO2EVQG5Y/23U83RvR/AiRiP+yqAEFOTUY8AAAAAAAAAAAAPwAAPwAAyAAAAFZQOEwjAAAALz/ADxAPMB6DPB7zH/BQ07YRVAblj/bdTzdG9H8CJGI/7KoA"
	movingLossy    = "UklGRowBAABXRUJQVlA4WAoAAAASAAAAPwAAPwAAQU5JTQYAAAD/////AABBTk1GrAAAAAAAAAAAAD8AAD8AAMgAAABBTFBIFQAAAAEgm7TJ/09nLZ1LiYgJMEr1J7ZVAQBWUDggdgAAAJAEAJ0BKkAAQAA+7WyuUCmmJCKsCAEwHYlAGfY//AcEgyusrOdxJVULSyihAAD+6Di/LM4V7L//wQX9Dn9bePD4a//6QUH+TTmSn1yr+cktGm5XIa338V2IqeC8M7xVD07n6gAKlHdXw0u0HsiISbA8Q2aAAABBTk1GrAAAAAAAAAAAAD8AAD8AAMgAAABBTFBIFQAAAAEgm7TJ/09nLZ1LiYgJMEr1J7ZVAQBWUDggdgAAAJAEAJ0BKkAAQAA+7WyuUCmmJCKsCAEwHYlAGfY//AcEgyusrOdxJVULSyihAAD+6Di/LM4V7L//wQX9Dn9bePD4a//6QUH+TTmSn1yr+cktGm5XIa338V2IqeC8M7xVD07n6gAKlHdXw0u0HsiISbA8Q2aAAAA="
)

// The first frame stands for an animation, and a JPEG may be of four inks.
func TestIconsThatMoveOrAreForPrint(t *testing.T) {
	frame := func(c color.Color) *image.Paletted {
		img := image.NewPaletted(image.Rect(0, 0, 64, 64), color.Palette{color.White, c})
		for i := range img.Pix {
			if i%64 < 20 || i/64 > 44 {
				img.Pix[i] = 1
			}
		}
		return img
	}
	var moving bytes.Buffer
	err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame(color.NRGBA{200, 30, 30, 255}), frame(color.NRGBA{0, 0, 255, 255})}, Delay: []int{20, 20}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"gif": moving.Bytes(), "webp, lossless": base64Bytes(t, movingLossless), "webp, lossy": base64Bytes(t, movingLossy), "jpeg of four inks": fourInks(64),
	} {
		icon, err := iconFile(content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		red := icon.Color[1] >= 'b' && icon.Color[3] <= '5'
		if icon.Width != 64 || icon.Height != 64 || icon.Blank || !red {
			t.Errorf("%s: %d × %d, color %s, blank %v", name, icon.Width, icon.Height, icon.Color, icon.Blank)
		}
	}
	// An animation that is cut off, or that says more than it holds, is refused.
	for n := range len(base64Bytes(t, movingLossy)) {
		if icon, err := iconFile(base64Bytes(t, movingLossy)[:n]); err == nil && icon.Width != 64 {
			t.Errorf("%d bytes: %+v", n, icon)
		}
	}
}

func base64Bytes(t *testing.T, s string) []byte {
	t.Helper()
	content, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// fourInks writes a baseline JPEG of cyan, magenta, yellow and black, as printers' programs
// do (Adobe, inverted): red where x < 24, else white. Each block is of one color.
func fourInks(size int) []byte {
	out := []byte{0xff, 0xd8, 0xff, 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0}
	out = append(append(out, 0xff, 0xdb, 0, 67, 0), bytes.Repeat([]byte{1}, 64)...)
	out = append(out, 0xff, 0xc0, 0, 20, 8, 0, byte(size), 0, byte(size), 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0)
	// Twelve categories of DC, four bits each; one AC code, the end of a block, of one bit.
	out = append(out, 0xff, 0xc4, 0, 31, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	out = append(out, 0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	out = append(out, 0xff, 0xda, 0, 14, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0)
	w := bits{}
	var last [4]int
	for block := range size / 8 * (size / 8) {
		level := [4]int{255, 255, 255, 255} // no ink
		if block%(size/8) < 3 {
			level = [4]int{255, 30, 30, 255}
		}
		for c, v := range level {
			w.dc((v-128)*8 - last[c])
			last[c] = (v - 128) * 8
			w.put(0, 1)
		}
	}
	return append(append(out, w.whole()...), 0xff, 0xd9)
}

// bits writes the bits of a JPEG's scan.
type bits struct {
	out []byte
	acc uint32
	n   int
}

func (b *bits) put(v uint32, n int) {
	for i := n - 1; i >= 0; i-- {
		b.acc, b.n = b.acc<<1|v>>i&1, b.n+1
		if b.n == 8 {
			if b.out = append(b.out, byte(b.acc)); byte(b.acc) == 0xff {
				b.out = append(b.out, 0)
			}
			b.acc, b.n = 0, 0
		}
	}
}

func (b *bits) dc(diff int) {
	category, v := 0, diff
	for a := max(diff, -diff); a > 0; a >>= 1 {
		category++
	}
	if diff < 0 {
		v = diff + 1<<category - 1
	}
	b.put(uint32(category), 4)
	b.put(uint32(v), category)
}

func (b *bits) whole() []byte {
	for b.n != 0 {
		b.put(1, 1)
	}
	return b.out
}
