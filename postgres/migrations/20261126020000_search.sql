-- Bank entries are found by the account of their other side.
-- +goose Up
CREATE INDEX transactions_counterparty_iban_idx ON transactions (workspace_pk, counterparty_iban) WHERE deleted_at IS NULL AND counterparty_iban IS NOT NULL;
