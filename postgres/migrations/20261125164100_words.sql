-- What a bank entry and an invoice can be found by beside their amounts: words,
-- folded as the matcher folds them, and the forms in which a payer quotes a number.
-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION enrichd_words(VARIADIC texts text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT array_remove(regexp_split_to_array(regexp_replace(normalize(lower(array_to_string(texts, ' ')), NFKD), '[\u0300-\u036f]', '', 'g'),
    '[^[:alnum:]]+'), '') $$;
-- +goose StatementEnd

-- A number without its separators, and the digits at its end where they are
-- four or more.
-- +goose StatementBegin
CREATE FUNCTION enrichd_forms(VARIADIC numbers text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(f), '{}') FROM unnest(numbers) AS n,
    LATERAL (VALUES (regexp_replace(lower(n), '[^[:alnum:]]+', '', 'g')), (substring(n FROM '[0-9]{4,}$'))) AS v (f) WHERE f <> '' $$;
-- +goose StatementEnd

ALTER TABLE transactions ADD COLUMN words text[] GENERATED ALWAYS AS
    (enrichd_words(VARIADIC ARRAY[counterparty_name, counterparty_iban, structured_reference, end_to_end_id] || remittance || document_references)) STORED;
ALTER TABLE invoices ADD COLUMN forms text[] GENERATED ALWAYS AS
    (enrichd_forms(invoice_number, payment_reference, order_reference, buyer_reference)) STORED;
ALTER TABLE companies ADD COLUMN words text[] GENERATED ALWAYS AS (enrichd_words(name, registered_name, trade_name)) STORED;
CREATE INDEX transactions_day_idx ON transactions (workspace_pk, coalesce(booking_date, value_date)) WHERE deleted_at IS NULL;
