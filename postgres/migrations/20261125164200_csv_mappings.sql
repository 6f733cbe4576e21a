-- How tables of banks are read: with each import, and the last sure one of each
-- heading, so that a short file need not be guessed anew.
-- +goose Up
ALTER TABLE bank_statements ADD COLUMN IF NOT EXISTS mapping json;

CREATE TABLE bank_csv_mappings (
    pk           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_pk bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    mapping_key  text NOT NULL, -- the headings
    mapping      json NOT NULL,
    is_sure      boolean NOT NULL, -- nothing in it was a guess
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz DEFAULT now(),
    UNIQUE (workspace_pk, mapping_key)
);
ALTER TABLE bank_csv_mappings ENABLE ROW LEVEL SECURITY;
ALTER TABLE bank_csv_mappings FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON bank_csv_mappings USING (workspace_pk = enrichd_workspace());
GRANT SELECT, INSERT, UPDATE ON bank_csv_mappings TO enrichd_app;
