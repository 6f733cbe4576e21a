package console

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// Contents are the stored contents by their checksums; *blob.Folder has them.
type Contents interface {
	Open(ctx context.Context, checksum string) (io.ReadCloser, error)
}

// maxLogo is how large a picture may be, in bytes.
const maxLogo = 8 << 20

const pngMagic = "\x89PNG\r\n\x1a\n"

// logoPath is where the console serves a logo that the API serves at address;
// empty for every other address: no page names a picture of another site.
func logoPath(address string) string {
	name, ours := strings.CutPrefix(address, record.LogoURL(""))
	if !ours || !isChecksum(name) {
		return ""
	}
	return "/logos/" + name
}

func isChecksum(name string) bool {
	raw, err := hex.DecodeString(name)
	return err == nil && len(raw) == 32 && strings.ToLower(name) == name
}

// logo answers with the logo of a company of the workspace: a PNG and nothing else.
func (c *console) logo(w http.ResponseWriter, r *http.Request) {
	content, err := c.readLogo(r)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, max-age=86400, immutable")
	h.Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // whoever hangs up does not want it
}

func (c *console) readLogo(r *http.Request) ([]byte, error) {
	key, err := c.visitor(r)
	if err != nil {
		return nil, err
	}
	missing := enrich.Errorf(enrich.CodeNotFound, "There is no such picture.")
	name := r.PathValue("name")
	if c.Contents == nil || !isChecksum(name) {
		return nil, missing
	}
	has, err := c.Store.HasLogo(r.Context(), key.WorkspaceID, record.LogoURL("sha256:"+name))
	if err != nil {
		return nil, err
	}
	if !has {
		return nil, missing
	}
	file, err := c.Contents.Open(r.Context(), "sha256:"+name)
	if err != nil {
		return nil, missing
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxLogo+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxLogo || !bytes.HasPrefix(content, []byte(pngMagic)) {
		return nil, missing
	}
	return content, nil
}
