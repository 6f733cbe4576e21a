package api

import (
	"encoding/json"

	"github.com/enrichd/enrichd/bankfile"
)

// batchDetail is one payment of a batch booking, as the store keeps it.
type batchDetail struct {
	Amount       string   `json:"amount,omitempty"`
	Currency     string   `json:"currency,omitempty"`
	EndToEndID   string   `json:"end_to_end_id,omitempty"`
	References   []string `json:"references,omitempty"`
	Remittance   []string `json:"remittance,omitempty"`
	Counterparty string   `json:"counterparty,omitempty"`
	IBAN         string   `json:"iban,omitempty"`
}

// batchDetails are the parts of a batch booking; nil for a single payment.
func batchDetails(details []bankfile.Detail) json.RawMessage {
	if len(details) < 2 {
		return nil
	}
	var list []batchDetail
	for _, d := range details {
		one := batchDetail{Remittance: d.Remittance, Counterparty: d.Counterparty.Name, IBAN: d.Counterparty.IBAN}
		if d.Amount != nil {
			one.Amount, one.Currency = d.Amount.Amount.String(), d.Amount.Currency
		}
		if bankfile.Stated(d.EndToEndID) {
			one.EndToEndID = d.EndToEndID
		}
		for _, r := range d.Structured {
			one.References = append(one.References, r.Value)
		}
		for _, r := range d.Documents {
			one.References = append(one.References, r.Value)
		}
		list = append(list, one)
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return nil // strings always marshal
	}
	return raw
}
