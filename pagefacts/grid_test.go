package pagefacts

import (
	"strings"
	"testing"
)

// linesRead writes items as "text quantity×price=sum", item by item.
func linesRead(f *Facts) string {
	var rows []string
	for _, l := range f.Lines {
		rows = append(rows, l.Description.Value+" "+l.Quantity.Value+"×"+l.UnitPrice.Value+"="+l.LineTotal.Value)
	}
	return strings.Join(rows, "; ")
}

func TestItems(t *testing.T) {
	for name, c := range map[string]struct{ rows, want string }{
		"codes before the description": {`
50|Art-No~150|Description~300|Price~400|Qty~500|Amount
50|SFK5~150|Steak~300|5.50~400|4 kg~500|22.00
50|TB100~150|Dividers~300|9.00~400|2~500|18.00
300|Net total~500|40.00`, "Steak 4×5.50=22.00; Dividers 2×9.00=18.00"},
		"headers of two lines, sums that are no product": {`
150|Designation~300|Unit price~500|Line
50|Pos~150|and period~400|Qty~500|amount
50|1~150|Paper~300|30.00~400|3.00~500|28.00
60|(Gross: 31.00)

50|2~150|Call~300|12.00~400|1.00~500|12.00
300|Net total~500|40.00`, "Paper 3.00×=28.00; Call 1.00×12.00=12.00"},
		"a sum of a part is none of all": {`
150|Description~300|Price~400|Qty~500|Amount
150|Team~400|A~500|60.00
300|(Net): 60.00
300|Net total~500|100.00
300|VAT 10%~500|10.00
300|Total~500|110.00`, ""},
	} {
		if got := linesRead(Read(sheet("50|Invoice 4711\n" + c.rows))); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
