-- A workspace's own columns and rules, and what their results were computed from.
-- +goose Up

CREATE TABLE field_definitions (
    pk bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_pk bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    field_definition_id uuid NOT NULL DEFAULT gen_random_uuid(),
    kind text NOT NULL CHECK (kind IN ('custom_column', 'field_rule')),
    root varchar(50) NOT NULL,
    field_key varchar(100) NOT NULL,
    name text NOT NULL DEFAULT '' CHECK (length(name) <= 200),
    type text NOT NULL,
    position integer NOT NULL DEFAULT 0,
    mode text NOT NULL DEFAULT 'active' CHECK (mode IN ('active', 'shadow', 'off')),
    rules_config jsonb,
    formula_config jsonb,
    format_config jsonb,
    -- The fields that it reads, and the hash of what its values follow from.
    reads text[] NOT NULL DEFAULT '{}',
    hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    UNIQUE (workspace_pk, field_definition_id)
);
-- A column has its key alone; a field has one rule that is active.
CREATE UNIQUE INDEX field_definitions_column_key ON field_definitions (workspace_pk, root, field_key)
    WHERE kind = 'custom_column' AND deleted_at IS NULL;
CREATE UNIQUE INDEX field_definitions_rule_key ON field_definitions (workspace_pk, root, field_key)
    WHERE kind = 'field_rule' AND mode = 'active' AND deleted_at IS NULL;
CREATE INDEX field_definitions_created_idx ON field_definitions (workspace_pk, created_at, field_definition_id);

-- Counts every change of a workspace's definitions; its row is the lock of who
-- changes them.
CREATE TABLE definition_revisions (
    workspace_pk bigint PRIMARY KEY REFERENCES workspaces (pk) ON DELETE CASCADE,
    revision bigint NOT NULL DEFAULT 1
);

-- How often the value of this field has changed: a result is stale where it was
-- computed from another version than the one that stands.
ALTER TABLE field_values ADD COLUMN version integer NOT NULL DEFAULT 1;

ALTER TABLE field_definitions ENABLE ROW LEVEL SECURITY;
ALTER TABLE field_definitions FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON field_definitions USING (workspace_pk = enrichd_workspace());
ALTER TABLE definition_revisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE definition_revisions FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON definition_revisions USING (workspace_pk = enrichd_workspace());
GRANT SELECT, INSERT, UPDATE ON field_definitions, definition_revisions TO enrichd_app;
