-- A link whose payment came back is revoked: it was right, so it speaks against
-- nobody. reversal_id is the entry that brings the payment back, or of which a
-- person was asked whether it does.
-- +goose Up
ALTER TABLE invoice_transactions DROP CONSTRAINT invoice_transactions_edge_status_check,
    ADD CONSTRAINT invoice_transactions_edge_status_check CHECK (edge_status IN ('provisional', 'confirmed', 'declined', 'revoked')),
    ADD COLUMN reversal_id text;
