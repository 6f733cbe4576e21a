-- Bank statements, their entries, and the links from entries to invoices.
-- +goose Up

CREATE TABLE bank_statements (
    pk                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bank_statement_id text NOT NULL DEFAULT gen_random_uuid()::text,
    workspace_pk      bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    filename          text NOT NULL DEFAULT '',
    format            text NOT NULL,
    checksum          text NOT NULL,
    statements        json NOT NULL, -- account, currency, opening, closing, entry_count
    warnings          json NOT NULL DEFAULT '[]',
    entries_new       integer NOT NULL,
    entries_known     integer NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    deleted_at        timestamptz,
    UNIQUE (workspace_pk, bank_statement_id)
);
-- The same file is one import.
CREATE UNIQUE INDEX bank_statements_checksum_key ON bank_statements (workspace_pk, checksum) WHERE deleted_at IS NULL;

-- Amounts are signed: money that comes in is positive.
ALTER TABLE transactions
    ADD COLUMN IF NOT EXISTS bank_statement_pk bigint REFERENCES bank_statements (pk) ON DELETE SET NULL,
    ADD COLUMN IF NOT EXISTS transaction_external_id text,
    ADD COLUMN IF NOT EXISTS account text,
    ADD COLUMN IF NOT EXISTS type text,
    ADD COLUMN IF NOT EXISTS status text NOT NULL DEFAULT 'booked',
    ADD COLUMN IF NOT EXISTS amount numeric,
    ADD COLUMN IF NOT EXISTS currency text,
    ADD COLUMN IF NOT EXISTS instructed_amount numeric,
    ADD COLUMN IF NOT EXISTS instructed_currency text,
    ADD COLUMN IF NOT EXISTS booking_date date,
    ADD COLUMN IF NOT EXISTS value_date date,
    ADD COLUMN IF NOT EXISTS counterparty_name text,
    ADD COLUMN IF NOT EXISTS counterparty_iban text,
    ADD COLUMN IF NOT EXISTS counterparty_bic text,
    ADD COLUMN IF NOT EXISTS remittance text[] NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS structured_reference text,
    ADD COLUMN IF NOT EXISTS reference_type text,
    ADD COLUMN IF NOT EXISTS end_to_end_id text,
    ADD COLUMN IF NOT EXISTS document_references text[] NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS is_reversal boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS details json,   -- the parts of a batch booking
    ADD COLUMN IF NOT EXISTS source_ref text; -- where it stands in the file
CREATE INDEX transactions_newest_idx ON transactions (workspace_pk, booking_date DESC, pk DESC) WHERE deleted_at IS NULL;
CREATE INDEX transactions_amount_idx ON transactions (workspace_pk, currency, (abs(amount)), booking_date) WHERE deleted_at IS NULL;
CREATE INDEX transactions_statement_idx ON transactions (bank_statement_pk);

-- paid_total and payment_status follow from the confirmed links alone.
ALTER TABLE invoices
    ADD COLUMN IF NOT EXISTS payment_status text NOT NULL DEFAULT 'unpaid',
    ADD COLUMN IF NOT EXISTS paid_total numeric NOT NULL DEFAULT 0;
CREATE INDEX invoices_amount_idx ON invoices (workspace_pk, local_currency, grand_total, issue_date) WHERE deleted_at IS NULL;

-- One edge between an invoice and a transaction. amount is the part of the
-- transaction that pays the invoice, positive, in the link's currency.
CREATE TABLE invoice_transactions (
    pk                     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_transaction_id text NOT NULL,
    workspace_pk           bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    invoice_id             text,
    transaction_id         text,
    amount                 numeric CHECK (amount > 0),
    currency               text,
    is_partial             boolean NOT NULL DEFAULT false,
    allocation_type        text NOT NULL DEFAULT 'full',
    match_method           text,
    confidence             real,
    edge_status            text CHECK (edge_status IN ('provisional', 'confirmed', 'declined')),
    reasoning              text,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz DEFAULT now(),
    deleted_at             timestamptz,
    UNIQUE (workspace_pk, invoice_transaction_id)
);
CREATE INDEX invoice_transactions_invoice_idx ON invoice_transactions (workspace_pk, invoice_id) WHERE deleted_at IS NULL;
CREATE INDEX invoice_transactions_transaction_idx ON invoice_transactions (workspace_pk, transaction_id) WHERE deleted_at IS NULL;

ALTER TABLE bank_statements ENABLE ROW LEVEL SECURITY;
ALTER TABLE bank_statements FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON bank_statements USING (workspace_pk = enrichd_workspace());
ALTER TABLE invoice_transactions ENABLE ROW LEVEL SECURITY;
ALTER TABLE invoice_transactions FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON invoice_transactions USING (workspace_pk = enrichd_workspace());
GRANT SELECT, INSERT, UPDATE ON bank_statements, invoice_transactions TO enrichd_app;
