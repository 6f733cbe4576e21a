package client

import (
	"context"
	"net/url"
)

// Search finds up to 50 records by id, number, VAT number, IBAN, domain, amount, or
// the beginning of a name: results with entity_type, entity_id, name and detail, of
// the types that the key may read.
func (c *Client) Search(ctx context.Context, text string) (Page, error) {
	return c.page(ctx, "/v1/search-results?"+url.Values{"filter[text]": {text}}.Encode())
}
