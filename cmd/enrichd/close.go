package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/enrichd/enrichd/client"
)

type closeCmd struct {
	List     closeListCmd     `cmd:"" help:"List closes, newest first."`
	View     closeViewCmd     `cmd:"" help:"Show how a month stands."`
	Start    closeStartCmd    `cmd:"" help:"Close a month, or say how it would close."`
	Retry    closeRetryCmd    `cmd:"" help:"Try what failed of a close anew, alone."`
	Blockers closeBlockersCmd `cmd:"" help:"List what stands in the way of a month."`
	SignOff  closeSignOffCmd  `cmd:"" help:"Sign a month off, as a closer. Who prepared its close cannot."`
}

type closeListCmd struct {
	remoteFlags
	watchFlags
	Month string `help:"Closes of this month alone, YYYY-MM."`
	Limit int    `default:"20" help:"How many at most, 1 to 500."`
}

// Run lists closes.
func (c closeListCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	query := url.Values{"page[size]": {strconv.Itoa(c.Limit)}}
	if c.Month != "" {
		query.Set("filter[record_id]", c.Month)
	}
	page, err := api.Closes(ctx, query)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"data": page.Data})
	}
	for _, found := range page.Data {
		fmt.Fprintf(s.out, "%s  %-9s %s\n", found.ID, age(found.Time("created_at")), closeLine(found))
	}
	return nil
}

// closeFlags name a close: by its month, the newest, or by its id.
type closeFlags struct {
	remoteFlags
	Month string `arg:"" help:"Month, YYYY-MM, for its newest close; or the id of a close."`
}

func (c closeFlags) find(ctx runContext) (*client.Client, client.Resource, error) {
	var none client.Resource
	api, err := c.client()
	if err != nil {
		return nil, none, err
	}
	id := c.Month
	if len(id) == len("2006-01") {
		page, err := api.Closes(ctx, url.Values{"filter[record_id]": {c.Month}, "page[size]": {"1"}})
		if err != nil {
			return nil, none, err
		}
		if len(page.Data) == 0 {
			return nil, none, &exitCode{exitNotFound, fmt.Errorf("%s has not been closed yet: enrichd close start %s", c.Month, c.Month)}
		}
		id = page.Data[0].ID
	}
	found, err := api.Close(ctx, id)
	return api, found, err
}

type closeViewCmd struct {
	closeFlags
	watchFlags
}

// Run shows a close.
func (c closeViewCmd) Run(ctx runContext, s *streams) error {
	_, found, err := c.find(ctx)
	if err != nil {
		return err
	}
	return printClose(s, found)
}

type closeStartCmd struct {
	remoteFlags
	Month       string `arg:"" help:"Month, YYYY-MM."`
	DryRun      bool   `help:"Say how the month would close, and ask nobody."`
	NoAsk       bool   `help:"List gaps as blockers instead of asking about each."`
	Materiality string `help:"Gaps below this amount are tolerated, e.g. 5.00."`
}

// Run starts a close.
func (c closeStartCmd) Run(ctx runContext, s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	attributes := map[string]any{"record_id": c.Month}
	if c.DryRun {
		attributes["dry_run"] = true
	}
	if c.NoAsk {
		attributes["ask"] = false
	}
	if c.Materiality != "" {
		attributes["materiality"] = c.Materiality
	}
	made, err := api.StartClose(ctx, attributes)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"data": made})
	}
	fmt.Fprintf(s.out, "%s  %s\n", made.ID, closeLine(made))
	fmt.Fprintf(s.err, "Follow it: enrichd close view %s\n", made.ID)
	return nil
}

type closeRetryCmd struct{ closeFlags }

// Run tries the parts of a close that failed.
func (c closeRetryCmd) Run(ctx runContext, s *streams) error {
	api, found, err := c.find(ctx)
	if err != nil {
		return err
	}
	made, err := api.StartClose(ctx, map[string]any{"record_id": found.Text("record_id"), "retry_of": found.ID})
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"data": made})
	}
	fmt.Fprintf(s.out, "%s  %s\n", made.ID, closeLine(made))
	fmt.Fprintf(s.err, "Follow it: enrichd close view %s\n", made.ID)
	return nil
}

type closeBlockersCmd struct {
	closeFlags
	watchFlags
}

// blocker is what stands in the way of a close.
type blocker struct {
	Counterparty, Check, Code, Words, Mode, Subtask, Amount, Currency string
}

// Run lists the blockers of a close.
func (c closeBlockersCmd) Run(ctx runContext, s *streams) error {
	_, found, err := c.find(ctx)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"data": json.RawMessage(orEmptyList(found.Attributes["blockers"]))})
	}
	list := blockersOf(found)
	for _, b := range list {
		how := b.Code
		if b.Mode != "" {
			how += " (" + b.Mode + ")"
		}
		fmt.Fprintf(s.out, "✗ %-22s %-28s %s\n", how, printable(b.Counterparty), printable(b.Words))
		if b.Subtask != "" {
			fmt.Fprintf(s.out, "    enrichd approval view %s\n", b.Subtask)
		}
	}
	switch {
	case len(list) > 0:
		fmt.Fprintf(s.err, "%d in the way. %s\n", len(list), found.Text("record_id")+" cannot be signed off yet.")
	case found.Text("verdict") == "":
		fmt.Fprintln(s.err, "Nothing so far; the close still runs.")
	default:
		fmt.Fprintln(s.err, "Nothing stands in the way.")
	}
	return nil
}

func blockersOf(found client.Resource) []blocker {
	var list []blocker
	_ = json.Unmarshal(found.Attributes["blockers"], &list)
	return list
}

func orEmptyList(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("[]")
	}
	return raw
}

type closeSignOffCmd struct {
	closeFlags
	Hash string `help:"Hash of the snapshot that you looked at. Default: the one that stands now."`
	Note string `help:"A word for the record."`
}

// Run signs a month off.
func (c closeSignOffCmd) Run(ctx runContext, s *streams) error {
	api, found, err := c.find(ctx)
	if err != nil {
		return err
	}
	hash := c.Hash
	if hash == "" {
		hash = found.Text("snapshot_hash")
	}
	if hash == "" {
		return &exitCode{exitConflict, fmt.Errorf("the close of %s has not ended: there is nothing to sign off", found.Text("record_id"))}
	}
	attributes := map[string]any{"snapshot_hash": hash}
	if c.Note != "" {
		attributes["note"] = c.Note
	}
	signed, err := api.SignOff(ctx, found.ID, attributes)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"data": signed})
	}
	fmt.Fprintf(s.out, "%s  %s signed off by %s\n", signed.ID, signed.Text("record_id"), printable(signed.Text("signed_by")))
	return nil
}

type closeCounts struct {
	Counterparties, Ready, Waived, Blocked, Transactions int
	WithInvoice                                          int `json:"with_invoice"`
}

// closeLine is how a close stands, in one line.
func closeLine(found client.Resource) string {
	line := fmt.Sprintf("%s  %-17s", found.Text("record_id"), found.Text("status"))
	if verdict := found.Text("verdict"); verdict != "" {
		var n closeCounts
		_ = json.Unmarshal(found.Attributes["counts"], &n)
		line += fmt.Sprintf(" %s  %d of %d counterparties", verdict, n.Ready+n.Waived, n.Counterparties)
	} else {
		done := found.Int("subtasks") - found.Int("subtasks_waiting") - found.Int("subtasks_running")
		line += fmt.Sprintf(" %d of %d counterparties  %d need you", done, found.Int("subtasks"), found.Int("subtasks_waiting"))
	}
	if by := found.Text("signed_off_by"); by != "" {
		line += "  signed off by " + printable(by)
		if state := found.Text("sign_off_state"); state != "standing" {
			line += " (" + state + ")"
		}
	}
	return line
}

func printClose(s *streams, found client.Resource) error {
	if s.json {
		return s.printJSON(map[string]any{"data": found})
	}
	fmt.Fprintf(s.out, "close %s  %s\n", found.ID, closeLine(found))
	if by := found.Text("prepared_by"); by != "" {
		fmt.Fprintf(s.out, "  prepared by %s\n", printable(by))
	}
	var totals map[string]struct{ Spend, Documented string }
	_ = json.Unmarshal(found.Attributes["totals"], &totals)
	var currencies []string
	for currency := range totals {
		currencies = append(currencies, currency)
	}
	slices.Sort(currencies)
	for _, currency := range currencies {
		fmt.Fprintf(s.out, "  %s  spend %12s  documented %12s\n", currency, totals[currency].Spend, totals[currency].Documented)
	}
	var distance struct{ Words string }
	_ = json.Unmarshal(found.Attributes["from_ready"], &distance)
	if distance.Words != "" {
		fmt.Fprintf(s.out, "  %s\n", distance.Words)
	}
	if n := len(blockersOf(found)); n > 0 {
		fmt.Fprintf(s.out, "  %d in the way: enrichd close blockers %s\n", n, found.ID)
	}
	if hash := found.Text("snapshot_hash"); hash != "" {
		fmt.Fprintf(s.out, "  snapshot %s\n", hash)
	}
	return nil
}
