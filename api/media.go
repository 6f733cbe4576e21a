package api

import (
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/enrichd/enrichd/record"
)

const mediaPath = "/v1/media"

// maxMedia is how large a stored picture may be, in bytes.
const maxMedia = 8 << 20

// serveMedia answers with a stored logo: a PNG that this program wrote, whatever
// the site had sent. Browsers are told to take it for nothing else.
func (s *server) serveMedia(c *call) error {
	if _, err := c.query(plainQuery()); err != nil {
		return err
	}
	name := c.r.PathValue("id")
	missing := notFound("NOT_FOUND", "a picture")
	if raw, err := hex.DecodeString(name); err != nil || len(raw) != 32 || strings.ToLower(name) != name {
		return missing
	}
	has, err := s.store.HasLogo(c.r.Context(), c.workspace(), record.LogoURL("sha256:"+name))
	if err != nil {
		return err
	}
	if !has {
		return missing
	}
	file, err := s.blobs.Open(c.r.Context(), "sha256:"+name)
	if err != nil {
		return missing
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxMedia))
	if err != nil {
		return err
	}
	h := c.w.Header()
	for name, value := range map[string]string{
		"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
		"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "private, max-age=86400, immutable", "Content-Length": strconv.Itoa(len(content)),
	} {
		h.Set(name, value)
	}
	c.w.WriteHeader(http.StatusOK)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(content) // a caller that went away is no error of ours
	}
	return nil
}
