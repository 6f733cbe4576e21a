package reader

import (
	"bytes"
	"image"
	_ "image/gif" // registers the decoder
	_ "image/jpeg"
	_ "image/png"

	_ "golang.org/x/image/webp"
)

// maxPixels is how many pixels an image may have.
const maxPixels = 25_000_000

// imageFile checks an image by its header before anything is decoded.
func imageFile(content []byte) (*File, error) {
	config, kind, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, faultf(CodeDamaged, "It is no whole image.")
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width*config.Height > maxPixels {
		return nil, faultf(CodeTooManyPixels, "The image has %d × %d pixels; at most %d million are read.", config.Width, config.Height, maxPixels/1_000_000)
	}
	return &File{Kind: kind, Pages: []Page{{N: 1, Width: float64(config.Width), Height: float64(config.Height), Source: "none"}}}, nil
}

func decodeImage(content []byte) (image.Image, error) {
	if _, err := imageFile(content); err != nil {
		return nil, err
	}
	img, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, faultf(CodeDamaged, "The image is damaged.")
	}
	return img, nil
}
