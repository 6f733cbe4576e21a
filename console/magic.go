package console

import (
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/trigger"
)

// magicPage is what a person may press: which records, what for them, and what
// that would do.
type magicPage struct {
	Wish
	Ofs      []string          // types of records
	Kinds    []enrich.Type     // that are offered for the type
	Missings []string          // fields that records may lack
	Names    map[string]string // of the records that were picked, by id
	Estimate *pressEstimate    // nil until somebody asks for it
	Notice   phrase            // why nothing was started
	Barred   phrase            // why the visitor may not start it; empty where it may
}

// Wish is a press as the address, and the form, name it.
type Wish struct {
	Of      string        // type of records
	IDs     []string      // of some of them; none is all, or those that lack a field
	Missing string        // field without a value; empty is any record
	Do      []enrich.Type // kinds
	Cap     string        // the most that it may cost, as it was written; empty is no cap
}

// pressEstimate is what a press would do.
type pressEstimate struct{ postgres.Estimate }

// Joined counts what stands already and is not finished, Reused what is done.
func (e pressEstimate) Joined() (n int) {
	for _, k := range e.Kinds {
		n += k.Joined
	}
	return n
}

// Reused counts what is done already.
func (e pressEstimate) Reused() (n int) {
	for _, k := range e.Kinds {
		n += k.Reused
	}
	return n
}

// Unknown reports whether a kind among them never ran here, so that nobody knows its cost.
func (e pressEstimate) Unknown() bool {
	return slices.ContainsFunc(e.Kinds, func(k postgres.KindEstimate) bool { return !k.Known && k.Made > 0 })
}

// magicFields are the fields that one asks after, by type of record.
func magicFields() map[string][]string {
	return map[string][]string{
		record.EntityCompany:  {"tax_id_value", "domain", "logo_url", "country", "email", "registration_number"},
		record.EntityDocument: {"document_type"},
		record.EntityInvoice:  {},
		record.EntityPerson:   {"email", "phone"},
	}
}

// magicTypes are the types of records that Magic works on, in the order of the page.
func magicTypes() []string {
	return []string{record.EntityCompany, record.EntityDocument, record.EntityInvoice, record.EntityPerson}
}

func (c *console) magic(r *http.Request, key postgres.Key) (page, error) {
	wish, err := readWish(r.URL.Query())
	if err != nil {
		return page{}, err
	}
	return c.magicPage(r, key, wish, nil)
}

func (c *console) magicPage(r *http.Request, key postgres.Key, wish Wish, notice phrase) (page, error) {
	body := magicPage{Wish: wish, Ofs: magicTypes(), Kinds: trigger.Offered(wish.Of), Missings: magicFields()[wish.Of], Notice: notice, Barred: c.notPressing(key)}
	if !may(key, scopePeople) {
		body.Ofs = slices.DeleteFunc(body.Ofs, func(of string) bool { return of == record.EntityPerson })
		if wish.Of == record.EntityPerson {
			return page{}, lacks(scopePeople)
		}
	}
	var err error
	if body.Names, err = c.pickedNames(r, key, wish); err != nil {
		return page{}, err
	}
	p := page{View: "magic", Title: say("Magic"), Section: "/", Status: map[bool]int{true: http.StatusConflict}[notice != nil]}
	if len(wish.Do) > 0 && body.Barred == nil {
		press, err := c.press(key, wish)
		if err != nil {
			return page{}, err
		}
		e, err := c.Store.Estimate(r.Context(), key.WorkspaceID, press)
		var refused *enrich.Error
		switch {
		case err == nil:
			body.Estimate = &pressEstimate{e}
		case errors.As(err, &refused) && notice == nil:
			body.Notice, p.Status = faultWords(refused), http.StatusConflict
		case !errors.As(err, &refused):
			return page{}, err
		}
	}
	p.Body = body
	return p, nil
}

// pickedNames finds what the records that were picked are called.
func (c *console) pickedNames(r *http.Request, key postgres.Key, wish Wish) (map[string]string, error) {
	if wish.Of != record.EntityCompany && wish.Of != record.EntityPerson || len(wish.IDs) == 0 {
		return nil, nil
	}
	return c.names(r.Context(), key.WorkspaceID, wish.Of, wish.IDs)
}

// notPressing says why a visitor may not start a press; empty where it may.
func (c *console) notPressing(key postgres.Key) phrase {
	switch {
	case c.Triggers == nil:
		return say("This console starts no tasks.")
	case !may(key, scopeWrite):
		return say("The key that you signed in with may look but not start anything: it lacks the scope %s.", scopeWrite)
	}
	return nil
}

// maxPicked bounds the records that a form names one by one.
const maxPicked = 1000

// readWish reads a press out of an address or a form.
func readWish(v url.Values) (Wish, error) {
	w := Wish{Of: or(v.Get("of"), record.EntityCompany), IDs: v["id"], Missing: v.Get("missing"), Cap: strings.TrimSpace(v.Get("cap"))}
	fields, known := magicFields()[w.Of]
	if !known {
		return w, badLink(say("It asks for records of a type that Magic does not know."))
	}
	if w.Missing != "" && !slices.Contains(fields, w.Missing) {
		return w, badLink(say("It asks for a field that such records do not have."))
	}
	if len(w.IDs) > maxPicked || slices.ContainsFunc(w.IDs, func(id string) bool { return id == "" || len(id) > 255 || !printable(id) }) {
		return w, badLink(say("It names records that cannot be."))
	}
	for _, name := range v["do"] {
		kind := enrich.Type(name)
		if !slices.Contains(trigger.Offered(w.Of), kind) {
			return w, badLink(say("It asks for work that such records are not made for."))
		}
		if !slices.Contains(w.Do, kind) {
			w.Do = append(w.Do, kind)
		}
	}
	return w, nil
}

// Doing reports whether a kind is asked for.
func (w Wish) Doing(kind enrich.Type) bool { return slices.Contains(w.Do, kind) }

// press makes the press of a wish, as the API makes it of the same request.
func (c *console) press(key postgres.Key, w Wish) (postgres.Press, error) {
	most, err := readCap(w.Cap)
	if err != nil {
		return postgres.Press{}, err
	}
	asked := trigger.Press{Channel: enrich.Manual, EntityType: w.Of, Types: w.Do}
	p := postgres.Press{EntityType: w.Of, EntityIDs: w.IDs, By: key.Name, MaxCost: most}
	p.Requests = func(target postgres.Target) ([]enrich.Request, error) {
		return c.Triggers.Requests(asked, target.ID, target.Checksum)
	}
	said := map[string]any{"entity_type": w.Of, "enrichment_types": w.Do}
	if most != nil {
		said["max_cost_micros"] = *most
	}
	if w.IDs != nil {
		said["entity_ids"] = w.IDs
	} else {
		p.Missing = []string{}
		if w.Missing != "" {
			p.Missing = []string{w.Missing}
		}
		said["selector"] = map[string]any{"missing": p.Missing}
	}
	attributes := map[string]json.RawMessage{}
	for name, value := range said {
		if attributes[name], err = json.Marshal(value); err != nil {
			return p, err
		}
	}
	p.Content, p.Fingerprint, err = trigger.PressContent(attributes, false)
	return p, err
}

// readCap reads an amount such as 5 or 2.50 as millionths; empty is no cap.
func readCap(s string) (*int64, error) {
	if s == "" {
		return nil, nil
	}
	amount, ok := new(big.Rat).SetString(strings.Replace(s, ",", ".", 1))
	if !ok || len(s) > 20 || strings.ContainsAny(s, "eE/xXpP_") || amount.Sign() < 0 {
		return nil, refuse("The most that it may cost is an amount such as 2.50, so nothing was started.")
	}
	millionths := new(big.Int).Div(new(big.Int).Mul(amount.Num(), big.NewInt(1_000_000)), amount.Denom())
	if !millionths.IsInt64() {
		return nil, refuse("The most that it may cost is more than anybody has, so nothing was started.")
	}
	n := millionths.Int64()
	return &n, nil
}

// starter is who sends a form that starts tasks, if its key may.
func (c *console) starter(r *http.Request) (postgres.Key, error) {
	key, err := c.sender(r)
	if err != nil {
		return key, err
	}
	if words := c.notPressing(key); words != nil {
		return key, &problem{Status: http.StatusForbidden, Title: say("This key may not start anything"), Words: words}
	}
	return key, nil
}

// startMagic presses: it makes the tasks and leads to their batch.
func (c *console) startMagic(w http.ResponseWriter, r *http.Request) {
	key, err := c.starter(r)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	wish, err := readWish(r.PostForm)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	again := func(words phrase) {
		wish.Cap = ""
		c.show(w, r, key, func(r *http.Request, key postgres.Key) (page, error) { return c.magicPage(r, key, wish, words) })
	}
	if len(wish.Do) == 0 {
		again(say("Nothing is ticked that should be done, so nothing was started."))
		return
	}
	press, err := c.press(key, wish)
	var pressed postgres.Pressed
	if err == nil {
		pressed, err = c.Store.Press(r.Context(), key.WorkspaceID, press)
	}
	var refused refusal
	var fault *enrich.Error
	switch {
	case err == nil:
		http.Redirect(w, r, to("batches", pressed.Batch.ID), http.StatusSeeOther)
	case errors.As(err, &refused):
		again(refused.phrase)
	case errors.As(err, &fault):
		again(say("%s Nothing was started.", faultWords(fault)))
	default:
		c.fail(w, r, err)
	}
}

func recordsWords(of string) phrase {
	return named(map[string]string{
		record.EntityCompany: "Companies", record.EntityDocument: "Documents", record.EntityInvoice: "Invoices", record.EntityPerson: "People",
	}[of], of)
}
