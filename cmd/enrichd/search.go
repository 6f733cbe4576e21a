package main

import (
	"fmt"
	"strings"

	"github.com/enrichd/enrichd/client"
	"github.com/enrichd/enrichd/closing"
)

type searchCmd struct {
	remoteFlags
	Text []string `arg:"" help:"An id, the number of an invoice, a VAT number, an IBAN, a domain, an amount such as 214.90 or \"214.90 USD\", or how a name begins."`
}

// Run looks for records as the box of the console does.
func (c searchCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	text := strings.Join(c.Text, " ")
	page, err := api.Search(ctx, text)
	if err != nil {
		return err
	}
	nothing := "Nothing was found."
	if _, err := closing.ParseMonth(text); err == nil {
		nothing += " For the close of that month: enrichd close view " + text
	}
	return s.printPage(page, nothing, func(r client.Resource) {
		fmt.Fprintf(s.out, "%-12s %-36s  %s\n", r.Text("entity_type"), printable(r.Text("entity_id")), strings.TrimSpace(firstLine(r.Text("name"))+"  "+firstLine(r.Text("detail"))))
	})
}
