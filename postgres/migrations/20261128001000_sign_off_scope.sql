-- Signing months off has a scope of its own. Whoever could sign off until now still
-- can: live keys of people that may approve get it beside what they have. The
-- version before does not know the scope and asks for the other one.
-- +goose Up

-- +goose StatementBegin
DO $$
DECLARE
    ws bigint;
BEGIN
    -- Row-level security holds for the owner, too: one workspace after the other.
    PERFORM set_config('enrichd.each_workspace', 'on', true);
    FOR ws IN SELECT pk FROM workspaces ORDER BY pk LOOP
        PERFORM set_config('enrichd.workspace_pk', ws::text, true);
        UPDATE api_keys SET scopes = scopes || 'close_sign_offs:write'::text
        WHERE workspace_pk = ws AND holder = 'person' AND revoked_at IS NULL
            AND 'enrichment_tasks:approve' = ANY (scopes) AND NOT 'close_sign_offs:write' = ANY (scopes);
    END LOOP;
    PERFORM set_config('enrichd.each_workspace', '', true), set_config('enrichd.workspace_pk', '', true);
END
$$;
-- +goose StatementEnd
