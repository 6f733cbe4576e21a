-- Where a task came from, and the fingerprint of its input.
-- +goose Up
CREATE TYPE source_channel_enum AS ENUM
    ('company_create', 'person_create', 'document_upload', 'ocr_completion', 'bank_sync',
     'email_import', 'mcp_hub', 'cell_edit', 'manual');
ALTER TABLE enrichment_tasks ADD COLUMN source_channel source_channel_enum, ADD COLUMN input_hash text;
CREATE INDEX enrichment_tasks_input_hash_idx ON enrichment_tasks (input_hash);
