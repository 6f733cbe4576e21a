-- What is known of companies and people beyond documents: their sites, addresses,
-- logos, who works where, and which two records are the same company.
-- +goose Up

ALTER TABLE companies
    ADD COLUMN IF NOT EXISTS website text,
    ADD COLUMN IF NOT EXISTS description text,
    ADD COLUMN IF NOT EXISTS email text,
    ADD COLUMN IF NOT EXISTS phone text,
    ADD COLUMN IF NOT EXISTS street text,
    ADD COLUMN IF NOT EXISTS postal_code text,
    ADD COLUMN IF NOT EXISTS city text,
    ADD COLUMN IF NOT EXISTS registration_number text, -- in a trade register: "HRB 746284"
    ADD COLUMN IF NOT EXISTS registration_court text,
    ADD COLUMN IF NOT EXISTS lei text,
    ADD COLUMN IF NOT EXISTS employee_count integer,
    ADD COLUMN IF NOT EXISTS founded_year integer,
    ADD COLUMN IF NOT EXISTS logo_url text,
    ADD COLUMN IF NOT EXISTS logo_hash text, -- of how the logo looks; the same on unrelated domains is nobody's
    ADD COLUMN IF NOT EXISTS merged_into text; -- the company_id that took this one in; it is deleted as long as that holds
CREATE INDEX companies_domain_idx ON companies (workspace_pk, domain) WHERE deleted_at IS NULL;
CREATE INDEX companies_logo_hash_idx ON companies (workspace_pk, logo_hash) WHERE deleted_at IS NULL AND logo_hash IS NOT NULL;
CREATE INDEX companies_merged_idx ON companies (workspace_pk, merged_into) WHERE merged_into IS NOT NULL;

ALTER TABLE people
    ADD COLUMN IF NOT EXISTS first_name text,
    ADD COLUMN IF NOT EXISTS last_name text,
    ADD COLUMN IF NOT EXISTS email text,
    ADD COLUMN IF NOT EXISTS phone text;
CREATE INDEX people_newest_idx ON people (workspace_pk, created_at DESC, person_id DESC) WHERE deleted_at IS NULL;
CREATE INDEX people_email_idx ON people (workspace_pk, lower(email)) WHERE deleted_at IS NULL;

-- Who does what where.
CREATE TABLE company_people (
    pk                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_person_id text NOT NULL DEFAULT gen_random_uuid()::text,
    workspace_pk      bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    company_id        text,
    person_id         text,
    relationship_type text CHECK (relationship_type IN ('owner', 'employee', 'contact', 'other')),
    job_title         text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz DEFAULT now(),
    deleted_at        timestamptz,
    UNIQUE (workspace_pk, company_person_id)
);
CREATE INDEX company_people_newest_idx ON company_people (workspace_pk, created_at DESC, company_person_id DESC) WHERE deleted_at IS NULL;
CREATE INDEX company_people_company_idx ON company_people (workspace_pk, company_id) WHERE deleted_at IS NULL;
CREATE INDEX company_people_person_idx ON company_people (workspace_pk, person_id) WHERE deleted_at IS NULL;

-- Two records of one thing. While a link is confirmed its source stands for nothing
-- any more: what named it names the target. moved says what did, for the way back.
CREATE TABLE reconciliation_links (
    pk                     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reconciliation_link_id text NOT NULL DEFAULT gen_random_uuid()::text,
    workspace_pk           bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    entity_type            text,
    source_id              text,
    target_id              text,
    action                 text CHECK (action IN ('merge')),
    status                 text CHECK (status IN ('proposed', 'confirmed', 'declined', 'undone')),
    confidence             real,
    reasoning              text,
    moved                  json NOT NULL DEFAULT '{}',
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz DEFAULT now(),
    deleted_at             timestamptz,
    UNIQUE (workspace_pk, reconciliation_link_id)
);
CREATE INDEX reconciliation_links_newest_idx ON reconciliation_links (workspace_pk, created_at DESC, reconciliation_link_id DESC) WHERE deleted_at IS NULL;
CREATE INDEX reconciliation_links_source_idx ON reconciliation_links (workspace_pk, source_id) WHERE deleted_at IS NULL;
CREATE INDEX reconciliation_links_target_idx ON reconciliation_links (workspace_pk, target_id) WHERE deleted_at IS NULL;

-- Domains at which no logo was found, and until when nobody looks again.
CREATE TABLE logo_misses (
    workspace_pk bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    domain       text NOT NULL,
    reason       text NOT NULL,
    retry_after  timestamptz NOT NULL,
    PRIMARY KEY (workspace_pk, domain)
);

-- +goose StatementBegin
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['company_people', 'reconciliation_links', 'logo_misses']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY enrichd_tenant ON %I USING (workspace_pk = enrichd_workspace())', name);
    END LOOP;
END
$$;
-- +goose StatementEnd
GRANT SELECT, INSERT, UPDATE ON company_people, reconciliation_links, logo_misses TO enrichd_app;
