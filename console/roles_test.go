package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// What a role may not do is not offered, and refused to whoever asks all the same.
func TestRoles(t *testing.T) {
	k := openTill(t)
	proposal, _ := k.propose()
	at := "/approvals/" + proposal.ID
	decision := form(k.shows(at))
	decision.Set("decision", "approve")
	keys := map[string]postgres.Key{}
	for role, scopes := range map[string][]string{
		"viewer": {"enrichment_tasks:read"}, "operator": {scopeWrite}, "approver": {scopeApprove}, "closer": {scopeWrite, scopeApprove, scopeSignOff}, "signer": {scopeSignOff},
	} {
		keys[role] = postgres.Key{ID: role, Name: role, WorkspaceID: pgtest.Workspace, Holder: person, Scopes: scopes}
	}
	keys["agent"] = postgres.Key{ID: "agent", Name: "agent", WorkspaceID: pgtest.Workspace, Holder: "agent", Scopes: []string{scopeWrite, scopeApprove, scopeSignOff}}
	h := keyed(k.bench, keys)
	acts := []struct {
		page, offers, path string
		form               url.Values
		by                 string // the roles that may
		try                string // those that are refused for another reason than their role
	}{
		{"/", `href="/magic"`, "/magic", url.Values{"of": {"company"}, "do": {"logo"}}, "operator closer agent", ""},
		{"/close", `action="/close"`, "/close", url.Values{"month": {"2026-10"}}, "operator closer agent", ""},
		{at, `value="approve"`, at, decision, "approver closer", ""},
		{at, `value="undo"`, at, url.Values{"decision": {"undo"}, "undo": {"00000000-0000-0000-0000-000000000000"}}, "", "approver closer"},
		{"/close/2026-10", "Sign off October", "/close/2026-10", url.Values{"close": {"00000000-0000-0000-0000-000000000000"}, "hash": {"x"}}, "", "closer signer"},
	}
	for _, act := range acts[:3] {
		for role := range keys {
			allowed := strings.Contains(" "+act.by+" ", " "+role+" ")
			if body := ask(h, http.MethodGet, act.page, nil, withKey(role)).Body.String(); strings.Contains(body, act.offers) != allowed {
				t.Errorf("%s is offered %s: want %t", role, act.path, allowed)
			}
		}
	}
	for _, act := range acts {
		for role := range keys {
			if strings.Contains(" "+act.by+" ", " "+role+" ") {
				continue
			}
			w := ask(h, http.MethodPost, act.path, act.form, withKey(role), sameOrigin)
			mayTry := strings.Contains(" "+act.try+" ", " "+role+" ")
			if refused := w.Code == http.StatusForbidden; refused == mayTry {
				t.Errorf("%s posts to %s: %d", role, act.path, w.Code)
			}
		}
	}
	k.decisions(proposal, 0)
	for role, shown := range map[string]string{"viewer": "· viewer", "operator": "· operator", "approver": "· approver", "closer": "· operator, approver, closer", "signer": "· closer", "agent": "· operator"} {
		if body := ask(h, http.MethodGet, "/", nil, withKey(role)).Body.String(); !strings.Contains(body, shown+"</span>") {
			t.Errorf("the bar does not say %q", shown)
		}
	}
	for _, role := range []string{"operator", "closer"} {
		if w := ask(h, http.MethodPost, "/magic", acts[0].form, withKey(role), sameOrigin); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/batches/") {
			t.Errorf("%s presses: %d\n%s", role, w.Code, w.Body)
		}
	}
	if w := ask(h, http.MethodPost, at, decision, withKey("closer"), sameOrigin); w.Code != http.StatusSeeOther || k.decisions(proposal, 1)[0].By != "closer" {
		t.Errorf("a closer decides: %d", w.Code)
	}
}
