package reader

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/klippa-app/go-pdfium"
	faults "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// engine is PDFium, compiled to WebAssembly: pure Go around it, and no pointer
// of a hostile file reaches this process's memory.
type engine struct {
	cacheDir  string
	memory    int64 // bytes; the engine gets half of it
	lib       pdfium.Pdfium
	installed []string // languages of the recognition, once they were asked for
}

// warm compiles the engine, or loads its compiled code from the cache.
func (e *engine) warm() error {
	if e.lib != nil {
		return nil
	}
	config, err := e.config()
	if err != nil {
		return err
	}
	// Its own messages would mix with the answers; it sees no file system.
	pool, err := webassembly.Init(webassembly.Config{
		MinIdle: 1, MaxIdle: 1, MaxTotal: 1, RuntimeConfig: config,
		FSConfig: wazero.NewFSConfig(), Stdout: io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		return err
	}
	e.lib, err = pool.GetInstance(time.Minute)
	return err
}

// config must name the core features: a configuration of one's own loses the
// defaults, and PDFium throws exceptions.
func (e *engine) config() (wazero.RuntimeConfig, error) {
	config := wazero.NewRuntimeConfig().WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling)
	const page = 64 << 10 // bytes of a WebAssembly page
	if e.memory > 0 {
		config = config.WithMemoryLimitPages(uint32(min(max(e.memory/2/page, 1024), 65536)))
	}
	if e.cacheDir == "" {
		return config, nil
	}
	cache, err := wazero.NewCompilationCacheWithDir(e.cacheDir)
	if err != nil {
		return nil, err
	}
	return config.WithCompilationCache(cache), nil
}

// isPDF looks for the header where readers look for it: in the first 1,024 bytes.
func isPDF(content []byte) bool {
	return bytes.Contains(content[:min(len(content), 1024)], []byte("%PDF-"))
}

// open opens a document with the empty password; the caller closes it.
func (e *engine) open(content []byte) (references.FPDF_DOCUMENT, func(), error) {
	if err := e.warm(); err != nil {
		return "", nil, err
	}
	doc, err := e.lib.OpenDocument(&requests.OpenDocument{File: &content})
	switch {
	case errors.Is(err, faults.ErrPassword), errors.Is(err, faults.ErrSecurity):
		return "", nil, faultf(CodeEncrypted, "It is encrypted and asks for a password.")
	case isOrdinary(err):
		return "", nil, faultf(CodeDamaged, "It is no whole PDF, or damaged beyond reading.")
	case err != nil:
		return "", nil, err
	}
	return doc.Document, func() { _, _ = e.lib.FPDF_CloseDocument(&requests.FPDF_CloseDocument{Document: doc.Document}) }, nil
}

// isOrdinary tells a refusal of PDFium from a breakdown of its machine.
func isOrdinary(err error) bool {
	for _, known := range []error{faults.ErrUnknown, faults.ErrFile, faults.ErrFormat, faults.ErrPage, faults.ErrUnexpected} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}
