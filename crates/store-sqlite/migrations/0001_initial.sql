-- The whole of the database's own state: one row.
CREATE TABLE meta (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    epoch   INTEGER NOT NULL,
    last_no INTEGER NOT NULL
) STRICT;

INSERT INTO meta (id, epoch, last_no) VALUES (1, random() & 0x7fffffffffffffff, 0);

-- `key` is for the other tables, `oid` for everybody outside; `*_folded` is the text without its case.
CREATE TABLE users (
    key             INTEGER PRIMARY KEY,
    oid             BLOB NOT NULL UNIQUE CHECK (length(oid) = 12),
    username        TEXT NOT NULL,
    username_folded TEXT NOT NULL UNIQUE,
    email           TEXT NOT NULL,
    email_folded    TEXT NOT NULL UNIQUE,
    password_hash   TEXT NOT NULL,
    role            INTEGER NOT NULL,
    avatar          TEXT,
    last_seen       INTEGER,
    created_at      INTEGER NOT NULL,
    changed_no      INTEGER
) STRICT;

-- `low` and `high` are the users of a direct conversation, in the order of their keys and the same twice for notes to
-- oneself; null for a group. The index on them is what makes a direct conversation the only one of its pair.
-- `last_no` is the largest number of any change in it, `latest_no` that of its newest message (of its creation before
-- the first), `last_*` the newest message in short.
CREATE TABLE conversations (
    key          INTEGER PRIMARY KEY,
    oid          BLOB NOT NULL UNIQUE CHECK (length(oid) = 12),
    low          INTEGER REFERENCES users (key),
    high         INTEGER REFERENCES users (key),
    name         TEXT,
    avatar       TEXT,
    owner        INTEGER REFERENCES users (key),
    member_count INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    changed_no   INTEGER NOT NULL,
    last_no      INTEGER NOT NULL,
    latest_no    INTEGER NOT NULL,
    last_seq     INTEGER NOT NULL DEFAULT 0,
    last_sender  INTEGER REFERENCES users (key),
    last_at      INTEGER,
    last_type    INTEGER,
    last_content TEXT,
    CHECK ((low IS NULL) = (high IS NULL) AND low <= high)
) STRICT;

CREATE UNIQUE INDEX conversations_pair ON conversations (low, high) WHERE low IS NOT NULL;

-- `place` counts from 1 in the order of joining, so that the first members are the first rows. Who left keeps the row,
-- with the number of leaving.
CREATE TABLE members (
    conversation  INTEGER NOT NULL REFERENCES conversations (key),
    place         INTEGER NOT NULL,
    user          INTEGER NOT NULL REFERENCES users (key),
    role          INTEGER NOT NULL,
    muted         INTEGER NOT NULL DEFAULT 0,
    last_read_seq INTEGER NOT NULL DEFAULT 0,
    joined_no     INTEGER NOT NULL,
    left_no       INTEGER,
    changed_no    INTEGER NOT NULL,
    PRIMARY KEY (conversation, place)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX members_user ON members (user, conversation);

-- Clustered by place, so that a page of history is a few neighbouring pages of the file. `no` is the number of the
-- message's creation; `changed_no` and `changed_at` are set only once it was changed.
CREATE TABLE messages (
    conversation INTEGER NOT NULL REFERENCES conversations (key),
    seq          INTEGER NOT NULL,
    oid          BLOB NOT NULL UNIQUE CHECK (length(oid) = 12),
    sender       INTEGER NOT NULL REFERENCES users (key),
    type         INTEGER NOT NULL,
    status       INTEGER NOT NULL,
    client_id    TEXT,
    created_at   INTEGER NOT NULL,
    no           INTEGER NOT NULL,
    changed_no   INTEGER,
    changed_at   INTEGER,
    content      TEXT NOT NULL,
    PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_changed ON messages (conversation, changed_no) WHERE changed_no IS NOT NULL;

-- What each `clientId` was stored as. The day comes first so that old rows lie together, and that inserting touches
-- only the part of the tree that the day has filled.
CREATE TABLE sends (
    day          INTEGER NOT NULL,
    sender       INTEGER NOT NULL,
    client_id    TEXT NOT NULL,
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (day, sender, client_id)
) STRICT, WITHOUT ROWID;
