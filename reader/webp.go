package reader

import (
	"bytes"
	"encoding/binary"
)

// still gives the first frame of an animated WebP as a file of its own; any other
// content stays as it is (Google, "WebP Container Specification": VP8X, ANMF).
func still(content []byte) []byte {
	const animated, alpha = 0x02, 0x10
	if len(content) < 30 || !bytes.HasPrefix(content, []byte("RIFF")) || string(content[8:16]) != "WEBPVP8X" || content[20]&animated == 0 {
		return content
	}
	frame := chunkOf(content[12:], "ANMF")
	if len(frame) < 16 {
		return content
	}
	size, inner := frame[6:12], frame[16:] // width and height less one, three bytes each
	if lossless := chunkOf(inner, "VP8L"); lossless != nil {
		return riff(chunk("VP8L", lossless))
	}
	picture := chunkOf(inner, "VP8 ")
	if picture == nil {
		return content
	}
	opacity := chunkOf(inner, "ALPH")
	if opacity == nil {
		return riff(chunk("VP8 ", picture))
	}
	return riff(chunk("VP8X", append([]byte{alpha, 0, 0, 0}, size...)), chunk("ALPH", opacity), chunk("VP8 ", picture))
}

// chunkOf is the content of the first chunk of a name; nil for none.
func chunkOf(data []byte, name string) []byte {
	for len(data) >= 8 {
		size := int64(binary.LittleEndian.Uint32(data[4:]))
		if size > int64(len(data)-8) {
			return nil
		}
		if string(data[:4]) == name {
			return data[8 : 8+size]
		}
		data = data[min(int64(len(data)), 8+size+size%2):]
	}
	return nil
}

func chunk(name string, content []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(content)))
	if out = append(out, content...); len(content)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

func riff(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}
