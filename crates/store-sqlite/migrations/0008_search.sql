-- Up to where the messages of a conversation are in the index of `search`; those behind it are looked through as they
-- are. The index has the conversations with such messages.
ALTER TABLE conversations ADD COLUMN indexed_seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversations_unindexed ON conversations (key) WHERE indexed_seq < last_seq AND member_count > 0;

-- What messages are found by, as `rowid` says where they stand: the conversation in the upper half, and in the lower one
-- the place, counted down, so that the newest come first. It keeps no text.
CREATE VIRTUAL TABLE search USING fts5 (keys, content = '', columnsize = 0, detail = none, tokenize = 'ascii');

-- By which rules the keys in it were made.
CREATE TABLE search_rules (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;

INSERT INTO search_rules (id, version) VALUES (1, 0);

-- Messages in the index that were changed or are gone since, as the index knows them; only until that is mended.
CREATE TABLE search_changes (
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    sender       INTEGER NOT NULL,
    type         INTEGER NOT NULL,
    file         INTEGER,
    content      TEXT NOT NULL,
    PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER messages_search_changed AFTER UPDATE OF content, type, file ON messages
WHEN old.type <> 5 AND (old.content <> new.content OR old.type <> new.type OR old.file IS NOT new.file)
BEGIN
    INSERT OR IGNORE INTO search_changes (conversation, seq, sender, type, file, content)
    SELECT old.conversation, old.seq, old.sender, old.type, old.file, old.content FROM conversations
    WHERE key = old.conversation AND indexed_seq >= old.seq;
END;

CREATE TRIGGER messages_search_gone AFTER DELETE ON messages
WHEN old.type <> 5
BEGIN
    INSERT OR IGNORE INTO search_changes (conversation, seq, sender, type, file, content)
    SELECT old.conversation, old.seq, old.sender, old.type, old.file, old.content FROM conversations
    WHERE key = old.conversation AND indexed_seq >= old.seq;
END;
