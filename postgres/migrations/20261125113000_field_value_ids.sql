-- Values get a public id: they can be looked at, and suggestions accepted.
-- +goose Up
ALTER TABLE field_values ADD COLUMN field_value_id uuid NOT NULL DEFAULT gen_random_uuid();
CREATE UNIQUE INDEX field_values_id_key ON field_values (field_value_id);
CREATE INDEX field_values_newest_idx ON field_values (workspace_pk, active_from DESC, field_value_id DESC);
