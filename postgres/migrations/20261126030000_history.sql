-- History that was moved out to files: how far each file is committed, and what
-- of each batch is there, so that its counters still fit together.
-- +goose Up

-- A file is true up to so many bytes: what stands behind them was written by a
-- move that did not commit, and its rows are still in the tables.
CREATE TABLE enrichment_archives (
    workspace_pk bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    file         text NOT NULL,
    bytes        bigint NOT NULL,
    tasks        bigint NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_pk, file)
);

CREATE TABLE enrichment_archived_counts (
    workspace_pk    bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    batch_id        uuid NOT NULL,
    enrichment_type text NOT NULL,
    status          text NOT NULL,
    tasks           bigint NOT NULL,
    PRIMARY KEY (workspace_pk, batch_id, enrichment_type, status)
);

-- +goose StatementBegin
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['enrichment_archives', 'enrichment_archived_counts'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY enrichd_tenant ON %I USING (workspace_pk = enrichd_workspace())', name);
    END LOOP;
END
$$;
-- +goose StatementEnd
-- The owner alone moves history: the application's role deletes nothing.
GRANT SELECT ON enrichment_archives, enrichment_archived_counts TO enrichd_app;

-- As before, with what was moved out counted to its batch.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION enrichd_faults(ws bigint DEFAULT NULL)
RETURNS TABLE (workspace_pk bigint, fault text, subject text, expected text, found text) LANGUAGE sql STABLE AS $$
WITH task AS (
    SELECT t.pk, t.workspace_pk, t.enrichment_task_id, t.enrichment_type, t.status, t.deleted_at IS NULL AS live, d.task_pk IS NOT NULL AS has_row,
        d.workspace_pk AS row_workspace, d.enrichment_type AS row_type, d.children,
        t.deleted_at IS NULL AND (t.status IN ('pending', 'processing') OR t.status = 'awaiting_approval' AND EXISTS (
            SELECT FROM enrichment_decisions v WHERE v.workspace_pk = t.workspace_pk AND v.task_pk = t.pk AND v.state = 'waiting')) AS wants_row
    FROM enrichment_tasks t LEFT JOIN enrichment_dispatches d ON d.task_pk = t.pk
    WHERE (ws IS NULL OR t.workspace_pk = ws) AND (d.task_pk IS NOT NULL OR t.deleted_at IS NULL AND t.status IN ('pending', 'processing', 'awaiting_approval'))
), counted AS (
    SELECT c.workspace_pk, c.batch_id, c.enrichment_type, c.status, sum(c.tasks)::bigint AS tasks FROM (
        SELECT t.workspace_pk, t.batch_id, t.enrichment_type, CASE WHEN t.deleted_at IS NULL THEN t.status::text ELSE 'deleted' END AS status, count(*) AS tasks
        FROM enrichment_tasks t WHERE (ws IS NULL OR t.workspace_pk = ws) AND t.batch_id IS NOT NULL GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT a.workspace_pk, a.batch_id, a.enrichment_type, a.status, a.tasks FROM enrichment_archived_counts a WHERE ws IS NULL OR a.workspace_pk = ws
    ) AS c GROUP BY 1, 2, 3, 4
), batch AS (
    SELECT c.workspace_pk, c.batch_id, sum(tasks)::bigint AS total, coalesce(sum(tasks) FILTER (WHERE status IN ('pending', 'processing')), 0)::bigint AS running,
        coalesce(sum(tasks) FILTER (WHERE status IN ('pending', 'processing', 'awaiting_approval')), 0)::bigint AS open
    FROM counted c GROUP BY 1, 2
), slots AS (
    SELECT s.workspace_pk, s.batch_id, s.enrichment_type, s.status, sum(s.tasks) AS tasks
    FROM enrichment_batch_counts s WHERE ws IS NULL OR s.workspace_pk = ws GROUP BY 1, 2, 3, 4 HAVING sum(s.tasks) <> 0
)
SELECT workspace_pk, 'dispatch_missing', enrichment_task_id::text, 'a dispatch row', 'none' FROM task WHERE wants_row AND NOT has_row
UNION ALL
SELECT workspace_pk, 'dispatch_left_over', enrichment_task_id::text, 'no dispatch row', CASE WHEN live THEN status::text ELSE 'deleted' END
FROM task WHERE has_row AND NOT wants_row
UNION ALL
SELECT workspace_pk, 'dispatch_of_another', enrichment_task_id::text, workspace_pk || ' ' || enrichment_type, row_workspace || ' ' || row_type
FROM task WHERE has_row AND (row_workspace, row_type) IS DISTINCT FROM (workspace_pk, enrichment_type)
UNION ALL
SELECT p.workspace_pk, 'children_miscounted', p.enrichment_task_id::text, c.open::text, p.children::text
FROM task p CROSS JOIN LATERAL (
    SELECT count(*) AS open FROM enrichment_tasks c WHERE c.workspace_pk = p.workspace_pk AND c.parent_task_pk = p.pk AND c.deleted_at IS NULL
        AND c.status IN ('pending', 'processing', 'awaiting_approval')) AS c
WHERE p.children IS NOT NULL AND p.children <> c.open
UNION ALL
SELECT workspace_pk, 'batch_miscounted', batch_id::text, format('total %s, running %s, open %s', e.total, e.running, e.open),
    coalesce(format('total %s, running %s, open %s', b.total, b.running, b.open), 'no batch')
FROM batch e FULL JOIN (SELECT * FROM enrichment_batches b WHERE ws IS NULL OR b.workspace_pk = ws) AS b USING (workspace_pk, batch_id)
WHERE (coalesce(e.total, 0), coalesce(e.running, 0), coalesce(e.open, 0)) IS DISTINCT FROM (b.total::bigint, b.running::bigint, b.open::bigint)
UNION ALL
SELECT workspace_pk, 'batch_counts_wrong', batch_id::text, format('%s %s: %s', enrichment_type, status, coalesce(e.tasks, 0)), coalesce(s.tasks, 0)::text
FROM counted e FULL JOIN slots s USING (workspace_pk, batch_id, enrichment_type, status)
WHERE coalesce(e.tasks, 0) <> coalesce(s.tasks, 0)
$$;
-- +goose StatementEnd
