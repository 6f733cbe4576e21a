package einvoice

// DocumentCode is the kind of document in UNTDID 1001, whatever list TypeCode is
// from: the kinds of FatturaPA are brought there as the Italian rules for EN 16931
// do it. Its path is that of TypeCode.
func (inv *Invoice) DocumentCode() Text {
	t := inv.TypeCode
	switch {
	case !t.Absent():
	case inv.Format == FormatUBLSelfBilled:
		return Text{Value: "389", Path: "/ubl:SelfBilledInvoice"} // the name of the document says so
	case inv.Format == FormatUBLSelfBilledCredit:
		return Text{Value: "261", Path: "/ubl:SelfBilledCreditNote"}
	}
	if inv.Format != FormatFatturaPA {
		return t
	}
	codes := map[string]string{
		"TD01": "380",                // invoice
		"TD02": "386", "TD03": "386", // payment on account
		"TD04": "381",                               // credit note
		"TD05": "383",                               // debit note
		"TD06": "380",                               // fee note
		"TD07": "380", "TD08": "381", "TD09": "383", // simplified
		"TD16": "389", "TD17": "389", "TD18": "389", "TD19": "389", "TD20": "389", "TD21": "389", // written by the buyer
		"TD22": "380", "TD23": "380", "TD24": "380", "TD25": "380", "TD26": "380", // from a warehouse, deferred, of assets
		"TD27": "389", "TD28": "389", "TD29": "389",
	}
	t.Value = codes[t.Value]
	if t.Absent() {
		return Text{}
	}
	return t
}
