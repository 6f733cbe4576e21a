package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/enrichd/enrichd/blob"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/statement"
	"github.com/enrichd/enrichd/trigger"
)

// counter is a console that files of banks are sent to.
type counter struct {
	bench
	contents *blob.Folder
	importer *statement.Importer
}

func openCounter(t *testing.T) counter {
	t.Helper()
	k := counter{bench: setup(t)}
	var err error
	if k.contents, err = blob.OpenFolder(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	k.importer = &statement.Importer{Store: k.db, Contents: k.contents, Triggers: trigger.New(nil)}
	k.handler = Handler(Options{Store: k.db, Triggers: trigger.New(nil), Statements: k.importer, Contents: k.contents, Workspace: pgtest.Workspace})
	return k
}

// send imports a file, and gives the address of its page.
func (k counter) send(name, content string) (s record.BankStatement, at string) {
	k.Helper()
	sum, _, err := k.contents.Put(k.Context(), strings.NewReader(content), 1<<20)
	if err == nil {
		s, _, err = k.importer.Import(k.Context(), pgtest.Workspace, statement.Upload{Checksum: sum, Filename: name, By: "Ada"})
	}
	if err != nil {
		k.Fatal(err)
	}
	return s, "/bank-statements/" + s.ID
}

func (k counter) entries() string {
	return pgtest.Query[string](k.T, k.url, `SELECT coalesce(string_agg(booking_date || ' ' || amount || ' ' || coalesce(counterparty_name, '') || ' ' || coalesce(remittance[1], ''), ', ' ORDER BY booking_date, amount), '') FROM transactions WHERE deleted_at IS NULL`)
}

// puzzle is a table that nothing tells: two columns of days, two of amounts, no headings.
const puzzle = "30.01.2031;29.01.2031;BAKER;Flour;-45,20;1.054,80\n29.01.2031;28.01.2031;ACME;Invoice 7;1.100,00;1.100,00\n"

// A table that nothing tells is shown with its first lines; a person says what its
// columns are, looks at what would be read, and has it read.
func TestATableIsRead(t *testing.T) {
	k := openCounter(t)
	s, at := k.send("export.csv", puzzle)
	k.shows("/bank", "export.csv", at, "Say what its columns are", "needs_mapping")
	body := k.shows(at, "export.csv", "none yet", "BAKER", "Invoice 7", "1.054,80", `<select id="c6" name="c6">`, "The first lines of the file", "31.12.2026", "Column 6")
	if strings.Contains(body, "would be read") {
		t.Error("a preview that nobody asked for")
	}
	said := url.Values{"delimiter": {";"}, "header_row": {"0"}, "date_layout": {""}, "decimal": {""}, "c1": {"date"}, "c2": {"value_date"}, "c3": {"counterparty"}, "c4": {"description"}, "c5": {"amount"}, "c6": {"balance"}, "currency_code": {"eur"}}
	k.shows(at+"?"+said.Encode(), "2 entries would be read", "From 2031-01-29 to 2031-01-30.", "In: 1\u202f100.00\u00a0EUR, out: −45.20\u00a0EUR.", `<option value="balance" selected>`, `value="EUR"`, "Flour")
	if k.entries() != "" {
		t.Errorf("a preview wrote %s", k.entries())
	}
	// What cannot be is said in the form, and reads nothing.
	for field, c := range map[string][2]string{
		"c4":            {"amount", "Two columns are said to be this: Amount."},
		"c1":            {"", "The mapping does not say where the date is"},
		"c6":            {"colour", "what none can be"},
		"header_row":    {"one", "The row of the headings is not a number."},
		"currency_code": {"EURO", "The currency is not a code of three letters"},
		"delimiter":     {"#", "no delimiter that is known"},
		"date_layout":   {"1/2/2006", "The date is not one"},
	} {
		bad := url.Values{}
		for name, v := range said {
			bad[name] = v
		}
		bad.Set(field, c[0])
		for method, path := range map[string]string{http.MethodGet: at + "?" + bad.Encode(), http.MethodPost: at} {
			form := map[string]url.Values{http.MethodGet: nil, http.MethodPost: bad}[method]
			if w := ask(k.handler, method, path, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), c[1]) || k.entries() != "" {
				t.Errorf("%s with %s=%s: %d, %q is missing in\n%s", method, field, c[0], w.Code, c[1], w.Body)
			}
		}
	}
	// Who may not is refused, and sees what the columns are.
	scopes := map[string]postgres.Key{
		"viewer": {ID: "k-8", Name: "Eve", WorkspaceID: pgtest.Workspace, Holder: person},
		"agent":  {ID: "k-9", Name: "Bot", WorkspaceID: pgtest.Workspace, Holder: "agent", Scopes: []string{scopeStatements}},
	}
	h := Handler(Options{Store: k.db, Statements: k.importer, FindKey: keysOf(scopes)})
	for key := range scopes {
		if w := ask(h, http.MethodPost, at, said, withKey(key)); w.Code != http.StatusForbidden || k.entries() != "" {
			t.Errorf("%s: %d", key, w.Code)
		}
		if w := ask(h, http.MethodGet, at, nil, withKey(key)); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "<select") || !strings.Contains(w.Body.String(), "BAKER") {
			t.Errorf("%s looks: %d\n%s", key, w.Code, w.Body)
		}
	}
	if w := ask(k.handler, http.MethodPost, at, said); w.Code != http.StatusSeeOther || w.Header().Get("Location") != at {
		t.Fatalf("reading it: %d %s", w.Code, w.Body)
	}
	if got := k.entries(); got != "2031-01-29 1100.00 ACME Invoice 7, 2031-01-30 -45.20 BAKER Flour" {
		t.Error(got)
	}
	body = k.shows(at, "2 new", "A person said so", "Its entries", "/transactions/", `<option value="value_date" selected>`)
	if strings.Contains(body, "needs_mapping") || strings.Contains(k.shows("/bank"), "Say what its columns are") {
		t.Error("it still waits for somebody")
	}
	// The bank's next one is read so; and what was said is changed by the same form.
	k.send("next.csv", "31.01.2031;31.01.2031;BUTCHER;Meat;-5,00;1.049,80\n31.01.2031;31.01.2031;GROCER;Salad;-6,00;1.043,80\n")
	if got := k.entries(); !strings.Contains(got, "-5.00 BUTCHER Meat") {
		t.Error(got)
	}
	said.Set("c3", "description")
	if w := ask(k.handler, http.MethodPost, at, said); w.Code != http.StatusSeeOther || !strings.Contains(k.entries(), "2031-01-29 1100.00  ACME") {
		t.Errorf("%d, %s", w.Code, k.entries())
	}
	if anew, err := k.db.BankStatement(t.Context(), pgtest.Workspace, s.ID); err != nil || len(statement.MappingOf(anew).Description) != 2 {
		t.Errorf("%+v, %v", anew, err)
	}
	if got, _ := k.get("/bank-statements/none"); got != http.StatusNotFound {
		t.Errorf("no such file: %d", got)
	}
}

// A second role of one column, and columns that the form has no room for, stay as they are.
func TestWhatAFormDoesNotShowStays(t *testing.T) {
	k := openCounter(t)
	wide := strings.Repeat(";", columnsShown)
	_, at := k.send("wide.csv", "Date;Amount;Currency"+wide+"Description\n2031-01-30;-45.20;EUR"+wide+"Flour\n2031-01-31;-5.20;EUR"+wide+"Salt\n")
	if got := k.entries(); got != "2031-01-30 -45.20  Flour, 2031-01-31 -5.20  Salt" {
		t.Fatal(got)
	}
	k.shows(at, "3 more columns to the right stay as they are.")
	w := ask(k.handler, http.MethodPost, at, url.Values{"delimiter": {";"}, "header_row": {"1"}, "c1": {"date"}, "c2": {"amount"}, "c3": {"currency"}, "inverted": {"1"}})
	if w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body)
	}
	if got := k.entries(); got != "2031-01-30 45.20  Flour, 2031-01-31 5.20  Salt" {
		t.Error(got)
	}
}

// The whole of it by keyboard alone, in a real browser, with the rules of accessibility
// and the policy in force, in both languages.
func TestATableIsReadInChromium(t *testing.T) {
	k, axe := openCounter(t), readAxe(t)
	_, at := k.send("export.csv", puzzle)
	keys := map[string]postgres.Key{"ada-key": {ID: "k-1", Name: "Ada", WorkspaceID: pgtest.Workspace, Holder: person, Scopes: []string{scopeStatements, scopeWrite}}}
	tab := openTab(t, chromium(t), Handler(Options{Store: k.db, Triggers: trigger.New(nil), Statements: k.importer, FindKey: keysOf(keys)}))
	tab.signIn("ada-key", "/bank")
	tab.tabTo("Say what its columns are")
	tab.keys(kb.Enter)
	tab.reads("none yet")
	tab.visit(at)
	tab.weighs(at)
	tab.keepsRules(at, axe)
	tab.fits(at)
	tell := func(column, role string) { // a select takes the option that what is typed begins
		tab.tabTo(column)
		for _, letter := range role {
			tab.keys(string(letter))
		}
	}
	tell("Column 1", "Date")
	tell("Column 2", "Value")
	tell("Column 3", "Other")
	tell("Column 4", "Text")
	tell("Column 5", "Amount")
	tell("Column 6", "Balance")
	tab.tabTo("Currency of all amounts")
	tab.keys("e", "u", "r")
	tab.tabTo("Preview")
	tab.keys(kb.Enter)
	tab.reads("2 entries would be read")
	tab.reads("In: 1 100.00 EUR, out: −45.20 EUR.")
	if k.entries() != "" {
		t.Errorf("a preview wrote %s", k.entries())
	}
	tab.keepsRules(at+" with a preview", axe)
	tab.fits(at + " with a preview")
	tab.tabTo("Read the file so")
	tab.keys(kb.Enter)
	tab.reads("Its entries")
	if got := k.entries(); got != "2031-01-29 1100.00 ACME Invoice 7, 2031-01-30 -45.20 BAKER Flour" {
		t.Error(got)
	}
	if foreign := tab.foreign(); len(foreign) > 0 {
		t.Errorf("it asks others: %v", foreign)
	}
	tab.keepsRules(at+" that was read", axe)
	// In French, too.
	_, other := k.send("autre.csv", strings.NewReplacer(";BAKER", ";X;BAKER", ";ACME", ";Y;ACME").Replace(puzzle))
	tab.speaks("fr")
	tab.visit(other)
	tab.reads("Ce que sont ses colonnes")
	tab.reads("Rien n’en est encore lu")
	tab.keepsRules(other+" in French", axe, "light")
	tab.fits(other + " in French")
	tell("Colonne 1", "Date")
	tell("Colonne 6", "Montant")
	tab.tabTo("Aperçu")
	tab.keys(kb.Enter)
	tab.reads("2 lignes seraient lues")
	tab.keepsRules(other+" with a preview in French", axe, "light")
}

// Entries of an import that bear a person's word are not taken away by a form.
func TestAFormLeavesDecisionsAlone(t *testing.T) {
	k := openCounter(t)
	_, at := k.send("clear.csv", "Date,Description,Amount\n2031-03-04,Rent,-800.50\n2031-05-16,Sale,12.25\n")
	pgtest.Exec(t, k.url, `INSERT INTO invoice_transactions (workspace_pk, invoice_transaction_id, invoice_id, transaction_id, amount, edge_status)
		SELECT t.workspace_pk, 'l', 'i', t.transaction_id, 800.50, 'confirmed' FROM transactions t WHERE t.amount = -800.50`)
	pgtest.Exec(t, k.url, `INSERT INTO field_values (workspace_pk, entity_type, entity_id, field, value, origin, precedence, grade, confidence, decision)
		SELECT pk, 'invoice_transaction', 'l', 'edge_status', '"confirmed"', 'person', 1, 'verified', 1, 'applied' FROM workspaces WHERE workspace_id = $1`, pgtest.Workspace)
	before := k.entries()
	w := ask(k.handler, http.MethodPost, at, url.Values{"delimiter": {","}, "header_row": {"1"}, "c1": {"date"}, "c2": {"description"}, "c3": {"amount"}, "inverted": {"1"}})
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "People decided on links of entries") || k.entries() != before {
		t.Errorf("%d, %s\n%s", w.Code, k.entries(), w.Body)
	}
}
