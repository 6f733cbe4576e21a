// Command generate writes the demo's PDF and its scan.
//
// Run it from the root of the repository after a change: go run ./demo/generate.
// It writes the same bytes each time.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// Names of the files that are written.
const (
	hybridName = "09-martin-vente-hotel-F-312.pdf"
	scanName   = "10-fromagerie-FM-4417-scan.png"
)

func main() {
	if err := run(filepath.Join("demo", "files")); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	sold, bought := invoices()
	xml, err := sold.xml()
	if err != nil {
		return err
	}
	scan, err := scanned(bought.paper())
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		hybridName: hybrid(sold.paper(), xml),
		scanName:   scan,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
