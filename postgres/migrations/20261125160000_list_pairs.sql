-- Lists by two filters. What two common values share may be nothing at all, so a
-- walk along either one's index may have no end: pairs with a type are found by
-- indexes of their own, the others by entries that tell both values, without a
-- look at the rows. As a channel is an enum, it has an index for each value too.
-- +goose Up

-- +goose StatementBegin
DO $$
DECLARE
    newest constant text := 'workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type';
    typed constant text := 'workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type';
    status text;
    channel text;
BEGIN
    DROP INDEX enrichment_tasks_newest_idx, enrichment_tasks_type_idx;
    EXECUTE format('CREATE INDEX enrichment_tasks_newest_idx ON enrichment_tasks (%s) WHERE deleted_at IS NULL', newest);
    EXECUTE format('CREATE INDEX enrichment_tasks_type_idx ON enrichment_tasks (%s) WHERE deleted_at IS NULL', typed);
    FOREACH status IN ARRAY enum_range(NULL::enrichment_task_status_enum)::text[]
    LOOP
        EXECUTE format('DROP INDEX enrichment_tasks_status_%s_idx', status);
        EXECUTE format('CREATE INDEX enrichment_tasks_status_%s_idx ON enrichment_tasks (%s) INCLUDE (source_channel)
            WHERE deleted_at IS NULL AND status = %L', status, newest, status);
        EXECUTE format('CREATE INDEX enrichment_tasks_status_%s_type_idx ON enrichment_tasks (%s)
            WHERE deleted_at IS NULL AND status = %L', status, typed, status);
    END LOOP;
    FOREACH channel IN ARRAY enum_range(NULL::source_channel_enum)::text[]
    LOOP
        EXECUTE format('CREATE INDEX enrichment_tasks_channel_%s_idx ON enrichment_tasks (%s) INCLUDE (status)
            WHERE deleted_at IS NULL AND source_channel = %L', channel, newest, channel);
        EXECUTE format('CREATE INDEX enrichment_tasks_channel_%s_type_idx ON enrichment_tasks (%s)
            WHERE deleted_at IS NULL AND source_channel = %L', channel, typed, channel);
    END LOOP;
END
$$;
-- +goose StatementEnd
