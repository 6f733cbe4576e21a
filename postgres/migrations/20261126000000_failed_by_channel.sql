-- What failed can be much, and share nothing with a channel of which there is
-- much too: half a million entries were walked through to find that out. Neither
-- value can be a condition on an index that holds both, since comparing enums is
-- not leakproof and rows of other workspaces might answer; so the failed ones of
-- each channel have an index. Tasks that did not fail have no entry in any.
-- +goose Up

-- +goose StatementBegin
DO $$
DECLARE
    channel text;
BEGIN
    FOREACH channel IN ARRAY enum_range(NULL::source_channel_enum)::text[]
    LOOP
        EXECUTE format('CREATE INDEX enrichment_tasks_failed_%s_idx ON enrichment_tasks (workspace_pk, created_at DESC, enrichment_task_id DESC)
            WHERE deleted_at IS NULL AND status = %L AND source_channel = %L', channel, 'failed', channel);
    END LOOP;
END
$$;
-- +goose StatementEnd
