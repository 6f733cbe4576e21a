package chaos

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/enrichd/enrichd/chaos/check"
)

// account is a bank account that the load imports statements of: each several
// times, with an overlap, so that every line comes more than once.
type account struct {
	ws    *workspace
	iban  string
	lines int   // that were acknowledged
	cents int64 // that they sum up to
}

// statement is a file of MT940 with lines from one to n of an account; its amounts
// follow from their place.
func statement(iban string, from, to int) string {
	var b strings.Builder
	fmt.Fprintf(&b, ":20:CHAOS%d\r\n:25:%s\r\n:28C:%d/1\r\n:60F:%s\r\n", to, iban, to, balance(sum(1, from-1)))
	for i := from; i <= to; i++ {
		mark := "C"
		if amount(i) < 0 {
			mark = "D"
		}
		fmt.Fprintf(&b, ":61:260301%s%sNTRFNONREF//B%06d\r\n:86:payment %d\r\n", mark, decimal(amount(i)), i, i)
	}
	fmt.Fprintf(&b, ":62F:%s\r\n-\r\n", balance(sum(1, to)))
	return b.String()
}

// amount in cents of line i: of both signs, and no two alike.
func amount(i int) int64 {
	cents := int64(i*137 + 11)
	if i%3 == 0 {
		return -cents
	}
	return cents
}

func sum(from, to int) (cents int64) {
	for i := from; i <= to; i++ {
		cents += amount(i)
	}
	return cents
}

func balance(cents int64) string {
	mark := "C"
	if cents < 0 {
		mark = "D"
	}
	return mark + "260301EUR" + decimal(cents)
}

func decimal(cents int64) string {
	if cents < 0 {
		cents = -cents
	}
	return fmt.Sprintf("%d,%02d", cents/100, cents%100)
}

// bank imports ten lines after ten, each file with the ten before it, until ctx ends.
func (l *load) bank(ctx, patience context.Context, k *client, a *account) {
	for ctx.Err() == nil {
		from, to := max(1, a.lines-9), a.lines+10
		r := request{
			op: check.Op{Op: check.Import, Entity: a.iban}, ws: a.ws, method: http.MethodPost, path: "/v1/bank-statements",
			file: statement(a.iban, from, to),
		}
		// What may have been imported must be, before the sums mean something.
		for patience.Err() == nil {
			if o, _ := k.once(patience, r); o.Type == check.OK {
				a.lines, a.cents = to, sum(1, to)
				break
			}
			pause(patience, l.every)
		}
		pause(ctx, 20*l.every)
	}
}

// accounts reads what stands of each account.
func (c *cluster) accounts(ctx context.Context, list []*account) ([]check.Account, error) {
	var out []check.Account
	for _, a := range list {
		row := check.Account{Workspace: a.ws.id, WantRows: a.lines, WantCents: a.cents}
		err := c.admin.QueryRow(ctx, `SELECT count(*), coalesce(sum(amount * 100), 0)::bigint, count(*) - count(DISTINCT amount)
			FROM transactions t JOIN workspaces w ON w.pk = t.workspace_pk WHERE w.workspace_id = $1 AND t.account = $2 AND t.deleted_at IS NULL`,
			a.ws.id, a.iban).Scan(&row.Rows, &row.Cents, &row.Doubles)
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}
