package record

import (
	"slices"
	"strings"
)

// Types of the fields of roots, as expressions know them.
const (
	TypeText    = "text"
	TypeNumber  = "number"
	TypeDate    = "date"
	TypeBoolean = "boolean"
)

// Root is a kind of record that columns and rules may be defined on.
type Root struct {
	Name       string // "invoices"
	EntityType string
	Fields     map[string]string // the product's own fields → their types
	Related    map[string]string // name of a related record → its root: issuer → companies
	Writable   []string          // fields that a rule may set
}

// Roots lists the roots. A task is none (it is no thing that people keep).
func Roots() []Root { return slices.Clone(roots) }

var roots = []Root{
	{Name: "invoices", EntityType: EntityInvoice, Fields: map[string]string{
		"invoice_number": TypeText, "document_type_code": TypeText, "issue_date": TypeDate, "due_date": TypeDate, "local_currency": TypeText,
		"items_total": TypeNumber, "tax_total": TypeNumber, "grand_total": TypeNumber, "balance_due": TypeNumber, "direction": TypeText,
		"buyer_reference": TypeText, "order_reference": TypeText, "payment_reference": TypeText,
	}, Related: map[string]string{"issuer": "companies", "receiver": "companies"}, Writable: []string{
		"document_type_code", "due_date", "local_currency", "balance_due", "direction", "buyer_reference", "order_reference", "payment_reference",
	}},
	{Name: "companies", EntityType: EntityCompany, Fields: map[string]string{
		"name": TypeText, "registered_name": TypeText, "trade_name": TypeText, "tax_id_value": TypeText, "tax_id_type": TypeText,
		"country": TypeText, "domain": TypeText,
	}, Writable: []string{"name", "registered_name", "trade_name", "tax_id_type", "country", "domain"}},
	{Name: "transactions", EntityType: EntityTransaction, Fields: map[string]string{
		"account": TypeText, "type": TypeText, "status": TypeText, "amount": TypeNumber, "currency": TypeText, "booking_date": TypeDate,
		"value_date": TypeDate, "counterparty_name": TypeText, "counterparty_iban": TypeText, "structured_reference": TypeText,
		"end_to_end_id": TypeText, "is_reversal": TypeBoolean,
	}},
	{Name: "documents", EntityType: EntityDocument, Fields: map[string]string{
		"filename": TypeText, "mime_type": TypeText, "size": TypeNumber, "document_type": TypeText,
	}, Writable: []string{"document_type"}},
}

// RootNames lists the names of the roots.
func RootNames() []string {
	var names []string
	for _, r := range Roots() {
		names = append(names, r.Name)
	}
	return names
}

// RootNamed finds a root by its name.
func RootNamed(name string) (Root, bool) {
	return findRoot(func(r Root) bool { return r.Name == name })
}

// RootOf finds the root of an entity type.
func RootOf(entityType string) (Root, bool) {
	return findRoot(func(r Root) bool { return r.EntityType == entityType })
}

func findRoot(is func(Root) bool) (Root, bool) {
	if i := slices.IndexFunc(roots, is); i >= 0 {
		return roots[i], true
	}
	return Root{}, false
}

// SplitField parts the name of a field into the related record's and the rest:
// "issuer", "country" of "issuer.country", and "", "due_date" of "due_date".
func SplitField(path string) (related, field string) {
	if related, field, ok := strings.Cut(path, "."); ok {
		return related, field
	}
	return "", path
}
