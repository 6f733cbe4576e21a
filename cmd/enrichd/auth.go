package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/postgres"
)

type authCmd struct {
	Create authCreateCmd `cmd:"" help:"Make a key. Its token is shown once."`
	List   authListCmd   `cmd:"" help:"List the keys of a workspace: all but their secrets."`
	Rotate authRotateCmd `cmd:"" help:"Make a successor of a key; both are good for a while."`
	Revoke authRevokeCmd `cmd:"" help:"End a key now."`
	Whoami authWhoamiCmd `cmd:"" help:"Show what the key in use opens."`
}

// adminFlags are for commands that speak to the database itself.
type adminFlags struct {
	databaseFlags
	Workspace string `required:"" env:"ENRICHD_WORKSPACE" help:"Id of the workspace."`
}

// open connects to the database as the program works.
func (f databaseFlags) open(ctx context.Context) (*postgres.DB, error) {
	return f.store(ctx, postgres.Options{MaxConns: 2})
}

// Roles are sets of scopes for people and programs; each holds the one before it.
var roles = map[string][]string{
	"viewer":   slices.DeleteFunc(api.Scopes(), func(s string) bool { return !strings.HasSuffix(s, ":read") }),
	"operator": scopesWithout(api.ScopeTasksApprove, api.ScopeSignOffsWrite),
	"approver": scopesWithout(api.ScopeSignOffsWrite),
	"closer":   api.Scopes(),
}

func scopesWithout(left ...string) []string {
	return slices.DeleteFunc(api.Scopes(), func(s string) bool { return slices.Contains(left, s) })
}

type authCreateCmd struct {
	adminFlags
	Name    string        `required:"" help:"Who or what holds the key."`
	Holder  string        `enum:"person,service,agent" default:"service" help:"person, service or agent. Only a person's key decides and edits."`
	Role    string        `enum:"viewer,operator,approver,closer" default:"viewer" help:"viewer reads, operator writes too, approver decides too, closer signs months off too, which nobody does whose own work it was."`
	Scope   []string      `help:"Exactly these scopes instead of a role's."`
	Expires time.Duration `help:"How long it is good, such as 720h; for ever where left out."`
}

// Run makes a key.
func (c authCreateCmd) Run(ctx runContext, s *streams) error {
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	scopes := c.Scope
	if len(scopes) == 0 {
		scopes = roles[c.Role]
	}
	for _, scope := range scopes {
		if !slices.Contains(api.Scopes(), scope) {
			return &exitCode{exitUsage, fmt.Errorf("there is no scope %q; these are: %s", scope, strings.Join(api.Scopes(), ", "))}
		}
	}
	return issue(ctx, s, db, postgres.Key{WorkspaceID: c.Workspace, Name: c.Name, Holder: c.Holder, Scopes: scopes}, c.Expires)
}

// issue makes a key like the given one and shows its token.
func issue(ctx context.Context, s *streams, db *postgres.DB, like postgres.Key, good time.Duration) error {
	token, key, hash := api.NewKey(like.WorkspaceID, like.Name, like.Holder, like.Scopes)
	if good > 0 {
		end := time.Now().Add(good).UTC()
		key.ExpiresAt = &end
	}
	if err := db.AddKey(ctx, key, hash); err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"data": map[string]any{"key_id": key.ID, "api_key": token, "holder": key.Holder, "scopes": key.Scopes, "expires_at": key.ExpiresAt}})
	}
	fmt.Fprintln(s.out, token)
	fmt.Fprintf(s.err, "Keep it: it is not shown again. Key %s of %s, held by a %s.\n", key.ID, printable(key.Name), key.Holder)
	return nil
}

type authListCmd struct{ adminFlags }

// Run lists keys.
func (c authListCmd) Run(ctx runContext, s *streams) error {
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	keys, err := db.Keys(ctx, c.Workspace)
	if err != nil {
		return err
	}
	if s.json {
		list := []map[string]any{}
		for _, k := range keys {
			list = append(list, map[string]any{
				"key_id": k.ID, "name": k.Name, "holder": k.Holder, "scopes": k.Scopes, "created_at": k.CreatedAt,
				"expires_at": k.ExpiresAt, "last_used_at": k.LastUsedAt, "revoked_at": k.RevokedAt,
			})
		}
		return s.printJSON(map[string]any{"data": list})
	}
	for _, k := range keys {
		fmt.Fprintf(s.out, "%s  %-8s %-8s used %-10s %s\n", k.ID, k.Holder, keyState(k), usedAt(k), printable(k.Name))
	}
	return nil
}

func keyState(k postgres.Key) string {
	switch {
	case k.RevokedAt != nil:
		return "revoked"
	case k.ExpiresAt != nil && k.ExpiresAt.Before(time.Now()):
		return "expired"
	}
	return "live"
}

func usedAt(k postgres.Key) string {
	if k.LastUsedAt == nil {
		return "never"
	}
	return age(*k.LastUsedAt)
}

type authRotateCmd struct {
	adminFlags
	ID      string        `arg:"" help:"Id of the key, the eight characters after enrichd_live_."`
	Overlap time.Duration `default:"24h" help:"How long the old key stays good beside the new one."`
	Expires time.Duration `help:"How long the new key is good; for ever where left out."`
}

// Run makes a key like an old one and gives the old one an end.
func (c authRotateCmd) Run(ctx runContext, s *streams) error {
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	keys, err := db.Keys(ctx, c.Workspace)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(keys, func(k postgres.Key) bool { return k.ID == c.ID && keyState(k) == "live" })
	if at < 0 {
		return &exitCode{exitNotFound, fmt.Errorf("there is no live key %s in this workspace", c.ID)}
	}
	// The new key first: a failure in between leaves the old one good.
	if err := issue(ctx, s, db, keys[at], c.Expires); err != nil {
		return err
	}
	return db.RevokeKey(ctx, c.Workspace, c.ID, c.Overlap)
}

type authRevokeCmd struct {
	adminFlags
	ID string `arg:"" help:"Id of the key, the eight characters after enrichd_live_."`
}

// Run ends a key.
func (c authRevokeCmd) Run(ctx runContext, s *streams) error {
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.RevokeKey(ctx, c.Workspace, c.ID, 0); err != nil {
		return notFoundExit(err)
	}
	if s.json {
		return s.printJSON(map[string]any{"meta": map[string]string{"revoked": c.ID}})
	}
	fmt.Fprintf(s.out, "%s  revoked\n", c.ID)
	return nil
}

type authWhoamiCmd struct{ remoteFlags }

// Run asks the server which workspace the key opens.
func (c authWhoamiCmd) Run(ctx runContext, s *streams) error {
	server, err := c.client()
	if err != nil {
		return err
	}
	page, err := server.Workspaces(ctx)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"data": page.Data})
	}
	for _, w := range page.Data {
		fmt.Fprintf(s.out, "%s  %s  at %s\n", w.ID, printable(w.Text("name")), server.BaseURL)
	}
	return nil
}
