package reader

import (
	"encoding/binary"
	"slices"

	_ "golang.org/x/image/tiff" // registers the decoder
)

// maxSheets bounds the pages of a TIFF that are read.
const maxSheets = 200

// sheets lists where the pages of a TIFF begin; nil for another image. A chain that
// leads out of the file or in a circle ends there.
func sheets(content []byte) []uint32 {
	order := tiffOrder(content)
	if order == nil {
		return nil
	}
	var starts []uint32
	for at := order.Uint32(content[4:]); at != 0 && len(starts) < maxSheets && !slices.Contains(starts, at); {
		if uint64(at)+2 > uint64(len(content)) {
			break
		}
		end := uint64(at) + 2 + 12*uint64(order.Uint16(content[at:]))
		if end+4 > uint64(len(content)) {
			break
		}
		starts = append(starts, at)
		at = order.Uint32(content[end:])
	}
	return starts
}

// tiffOrder is the byte order of a TIFF, nil for anything else.
func tiffOrder(content []byte) binary.ByteOrder {
	switch {
	case len(content) < 8:
		return nil
	case string(content[:4]) == "II*\x00":
		return binary.LittleEndian
	case string(content[:4]) == "MM\x00*":
		return binary.BigEndian
	}
	return nil
}

// sheet is an image of which the decoder sees one page, from 1. The decoder knows
// the first page of a TIFF alone, so the head of a copy is pointed at the one wanted.
func sheet(content []byte, page int) ([]byte, error) {
	starts := sheets(content)
	count := max(len(starts), 1)
	if page < 1 || page > count {
		return nil, noSuchPage(page, count)
	}
	if page == 1 {
		return content, nil
	}
	turned := slices.Clone(content)
	tiffOrder(content).PutUint32(turned[4:], starts[page-1])
	return turned, nil
}
