package chaos

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/enrichd/enrichd/chaos/check"
)

// list walks through all pages of a workspace's tasks, while others add to them.
func (k *client) list(ctx context.Context, ws *workspace) {
	o := check.Op{Client: k.n, Op: check.List, Type: check.Invoke, Workspace: ws.id}
	k.l.c.journal.op(o)
	began := time.Now()
	o.Type = check.OK
	const most = 1000 // pages
	next := "/v1/enrichment-tasks?page%5Bsize%5D=50&sort=created_at"
	for n := 0; next != "" && n < most; n++ {
		code, raw, err := k.send(ctx, request{ws: ws, method: http.MethodGet, path: next})
		o.Code = code
		if err != nil || code != http.StatusOK {
			o.Type = check.Info
			break
		}
		if leak := k.leak(ws, raw); leak != "" {
			o.Leak = leak
		}
		var page struct {
			Data []struct {
				ID string `json:"id"`
			} `json:"data"`
			Links struct {
				Next string `json:"next"`
			} `json:"links"`
		}
		if json.Unmarshal(raw, &page) != nil {
			o.Type = check.Info
			break
		}
		for _, d := range page.Data {
			o.Seen = append(o.Seen, d.ID)
		}
		next = page.Links.Next
	}
	o.Took = time.Since(began).Seconds()
	k.l.c.journal.op(o)
}
