-- What people did, the latest first: their decisions, and the values that they
-- wrote or accepted.
-- +goose Up
CREATE INDEX enrichment_decisions_newest_idx ON enrichment_decisions (workspace_pk, created_at DESC, decision_id DESC);
CREATE INDEX field_values_people_idx ON field_values (workspace_pk, active_from DESC, field_value_id DESC)
    WHERE origin IN ('person', 'accepted_suggestion');
