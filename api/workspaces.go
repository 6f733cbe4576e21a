package api

import "github.com/enrichd/enrichd/record"

const (
	workspacesPath = "/v1/workspaces"
	workspaceType  = "workspace"
)

// workspaces is the caller's own workspace; there is no other one to be seen.
func (s *server) workspaces() *resource {
	return table[record.Workspace]{
		Type: workspaceType, Path: workspacesPath, Noun: "a workspace",
		ID: func(w record.Workspace) string { return w.ID },
		Fields: []field[record.Workspace]{
			{Name: "workspace_id", Form: words(), Value: func(w record.Workspace) any { return w.ID }},
			{Name: "name", Form: words(), Value: func(w record.Workspace) any { return w.Name }},
			{Name: "auto_extract_enabled", Form: flag(), Value: func(w record.Workspace) any { return w.AutoExtract }},
			{Name: "created_at", Form: moment(), Value: func(w record.Workspace) any { return stamp(&w.CreatedAt) }},
		},
		Sorts: []string{"created_at"},
		List:  s.store.ListWorkspaces,
	}.resource()
}
