-- A small picture made of an upload, under a name of its own, and how many milliseconds a sound or a film plays.
ALTER TABLE uploads ADD COLUMN thumbnail TEXT;
ALTER TABLE uploads ADD COLUMN thumbnail_size INTEGER;
ALTER TABLE uploads ADD COLUMN duration INTEGER;

CREATE UNIQUE INDEX uploads_thumbnail ON uploads (thumbnail) WHERE thumbnail IS NOT NULL;
