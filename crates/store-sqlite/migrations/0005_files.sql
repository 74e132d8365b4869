-- What is known of uploaded files; `name` is the one under which the content lies and is served. `looked_at` is when
-- something was last seen to use it (when it came, before the first look), null once it was given up.
CREATE TABLE uploads (
    key        INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    owner      INTEGER NOT NULL REFERENCES users (key),
    filename   TEXT NOT NULL,
    size       INTEGER NOT NULL,
    mimetype   TEXT NOT NULL,
    type       INTEGER NOT NULL,
    width      INTEGER,
    height     INTEGER,
    created_at INTEGER NOT NULL,
    looked_at  INTEGER
) STRICT;

CREATE INDEX uploads_looked_at ON uploads (looked_at);

ALTER TABLE messages ADD COLUMN file INTEGER REFERENCES uploads (key);

-- By these it is known whether anything uses an upload.
CREATE INDEX messages_file ON messages (file) WHERE file IS NOT NULL;
CREATE INDEX users_avatar ON users (avatar) WHERE avatar IS NOT NULL;
CREATE INDEX conversations_avatar ON conversations (avatar) WHERE avatar IS NOT NULL;
