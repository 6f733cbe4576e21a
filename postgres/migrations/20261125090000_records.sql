-- The records that the tasks work on, their evidence, and the keys of callers.
-- +goose Up
ALTER TABLE companies
    ADD COLUMN IF NOT EXISTS registered_name text,
    ADD COLUMN IF NOT EXISTS trade_name text,
    ADD COLUMN IF NOT EXISTS tax_id_value text,
    ADD COLUMN IF NOT EXISTS tax_id_type text,
    ADD COLUMN IF NOT EXISTS country text,
    ADD COLUMN IF NOT EXISTS domain varchar(500),
    -- The workspace's own company: never taken for its own supplier.
    ADD COLUMN IF NOT EXISTS is_own_company boolean NOT NULL DEFAULT false;
CREATE INDEX companies_tax_id_idx ON companies (workspace_pk, tax_id_value) WHERE deleted_at IS NULL;
CREATE INDEX companies_name_idx ON companies (workspace_pk, lower(name)) WHERE deleted_at IS NULL;

ALTER TABLE documents
    ADD COLUMN IF NOT EXISTS path text,
    ADD COLUMN IF NOT EXISTS mime_type text NOT NULL DEFAULT 'application/octet-stream',
    ADD COLUMN IF NOT EXISTS size bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS checksum text,
    ADD COLUMN IF NOT EXISTS document_type text,
    ADD COLUMN IF NOT EXISTS uploaded_at timestamptz NOT NULL DEFAULT now();
-- The same bytes are one document.
CREATE UNIQUE INDEX documents_checksum_key ON documents (workspace_pk, checksum) WHERE deleted_at IS NULL;

-- The parse cache. Its key is the hash of the content: whoever has the bytes
-- may have their parse, nobody can list what others had parsed.
CREATE TABLE document_extractions (
    source_checksum text NOT NULL,
    parser_name     varchar(64) NOT NULL,
    parser_version  text NOT NULL,
    result          jsonb NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_checksum, parser_name, parser_version)
);

ALTER TABLE invoices
    ADD COLUMN IF NOT EXISTS document_id text,
    ADD COLUMN IF NOT EXISTS issuer_id text,
    ADD COLUMN IF NOT EXISTS receiver_id text,
    ADD COLUMN IF NOT EXISTS direction text,
    ADD COLUMN IF NOT EXISTS status text NOT NULL DEFAULT 'draft',
    ADD COLUMN IF NOT EXISTS document_type_code text,
    ADD COLUMN IF NOT EXISTS issue_date date,
    ADD COLUMN IF NOT EXISTS due_date date,
    ADD COLUMN IF NOT EXISTS local_currency text,
    ADD COLUMN IF NOT EXISTS items_total numeric,
    ADD COLUMN IF NOT EXISTS tax_total numeric,
    ADD COLUMN IF NOT EXISTS grand_total numeric,
    ADD COLUMN IF NOT EXISTS balance_due numeric,
    ADD COLUMN IF NOT EXISTS buyer_reference text,
    ADD COLUMN IF NOT EXISTS order_reference text,
    ADD COLUMN IF NOT EXISTS payment_reference text;
CREATE INDEX invoices_number_idx ON invoices (workspace_pk, invoice_number) WHERE deleted_at IS NULL;
CREATE INDEX invoices_document_idx ON invoices (workspace_pk, document_id);

CREATE TABLE invoice_items (
    pk           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_pk bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    invoice_pk   bigint NOT NULL REFERENCES invoices (pk) ON DELETE CASCADE,
    position     integer NOT NULL,
    line_id      text,
    name         text,
    description  text,
    quantity     numeric,
    unit_price   numeric,
    line_total   numeric,
    tax_rate     numeric,
    period_start date,
    period_end   date,
    UNIQUE (invoice_pk, position)
);

CREATE TABLE invoice_payment_means (
    pk           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_pk bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    invoice_pk   bigint NOT NULL REFERENCES invoices (pk) ON DELETE CASCADE,
    position     integer NOT NULL,
    scheme       text,
    iban         text,
    bic          text,
    UNIQUE (invoice_pk, position)
);
CREATE INDEX invoice_payment_means_iban_idx ON invoice_payment_means (workspace_pk, iban);

-- Every value that was ever written or proposed, with its evidence. The value
-- that stands is the applied one without an end.
CREATE TABLE field_values (
    pk           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_pk bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    entity_type  text NOT NULL,
    entity_id    text NOT NULL,
    field        text NOT NULL,
    value        jsonb NOT NULL,
    origin       text NOT NULL,
    precedence   smallint NOT NULL,
    grade        text NOT NULL,
    confidence   real NOT NULL,
    decision     text NOT NULL CHECK (decision IN ('applied', 'suggested', 'kept_existing')),
    task_id      uuid,
    evidence     jsonb NOT NULL DEFAULT '[]',
    active_from  timestamptz NOT NULL DEFAULT now(),
    active_until timestamptz
);
CREATE UNIQUE INDEX field_values_standing_key ON field_values (workspace_pk, entity_type, entity_id, field)
    WHERE decision = 'applied' AND active_until IS NULL;
CREATE INDEX field_values_history_idx ON field_values (workspace_pk, entity_type, entity_id, field, pk);

CREATE TABLE api_keys (
    pk           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_pk bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    key_id       text NOT NULL UNIQUE,
    secret_hash  bytea NOT NULL,
    name         text NOT NULL,
    holder       text NOT NULL CHECK (holder IN ('person', 'service', 'agent')),
    scopes       text[] NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz
);
