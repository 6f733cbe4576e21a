package matching

// Check says whether Solve takes the amounts and currencies of the invoice; the
// error is a *RowError. One row that it does not take fails a whole problem, so
// rows that came from elsewhere are better checked one by one.
func (in Invoice) Check() error {
	if _, problem := in.amounts(); problem != "" {
		return &RowError{"invoices", 0, in.ID, problem}
	}
	return nil
}

// Check says whether Solve takes the amounts and currencies of the transaction;
// the error is a *RowError.
func (tx Transaction) Check() error {
	if _, problem := tx.amounts(); problem != "" {
		return &RowError{"transactions", 0, tx.ID, problem}
	}
	return nil
}

// amounts are what the invoice can be met under; the string says what is wrong.
func (in *Invoice) amounts() (list []money, problem string) {
	list, problem = appendMoney(list, in.Currency, in.Amount, direct, problem)
	if in.BaseCurrency != "" {
		list, problem = appendMoney(list, in.BaseCurrency, in.BaseAmount, converted, problem)
	}
	return list, problem
}

// amounts are what the transaction can be met under; the string says what is wrong.
func (tx *Transaction) amounts() (list []money, problem string) {
	list, problem = appendMoney(list, tx.Currency, tx.Amount, direct, problem)
	if tx.InstructedCurrency != "" && tx.InstructedCurrency != tx.Currency {
		list, problem = appendMoney(list, tx.InstructedCurrency, tx.InstructedAmount, direct, problem)
	}
	if tx.BaseCurrency != "" {
		list, problem = appendMoney(list, tx.BaseCurrency, tx.BaseAmount, converted, problem)
	}
	return list, problem
}
