-- Where the invoices of a company may be collected: one row for each pair, so
-- that a pair is asked about once and a refusal is remembered.
-- +goose Up
CREATE TABLE company_providers (
    pk                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_provider_id text NOT NULL,
    workspace_pk        bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    company_id          text,
    provider_id         text, -- slug of the catalogue
    match               real,
    priority            integer CHECK (priority BETWEEN 0 AND 100),
    mode                text CHECK (mode IN ('agent', 'connect', 'upload')),
    match_status        text CHECK (match_status IN ('suggested', 'matched', 'refused')),
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz DEFAULT now(),
    deleted_at          timestamptz,
    UNIQUE (workspace_pk, company_provider_id)
);
CREATE INDEX company_providers_company_idx ON company_providers (workspace_pk, company_id) WHERE deleted_at IS NULL;
CREATE INDEX transactions_counterparty_idx ON transactions (workspace_pk, lower(counterparty_name)) WHERE deleted_at IS NULL;

ALTER TABLE company_providers ENABLE ROW LEVEL SECURITY;
ALTER TABLE company_providers FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON company_providers USING (workspace_pk = enrichd_workspace());
GRANT SELECT, INSERT, UPDATE ON company_providers TO enrichd_app;
