-- Who has read what: the messages from `first_seq` to `last_seq`, at that time. Marks of neighbouring messages within a
-- second are one row, with the time of the first. A reader's rows do not overlap, and end no later than the pointer in
-- `members`. `no` is the number of the row's last change.
CREATE TABLE receipts (
    conversation INTEGER NOT NULL REFERENCES conversations (key),
    reader       INTEGER NOT NULL REFERENCES users (key),
    first_seq    INTEGER NOT NULL,
    last_seq     INTEGER NOT NULL,
    read_at      INTEGER NOT NULL,
    no           INTEGER NOT NULL,
    PRIMARY KEY (conversation, reader, first_seq),
    CHECK (first_seq <= last_seq)
) STRICT, WITHOUT ROWID;

-- A row for as long as direct messages wait for a device of their recipient: the first of them. The others are those
-- behind it that were stored as sent.
CREATE TABLE waiting (
    recipient    INTEGER NOT NULL REFERENCES users (key),
    conversation INTEGER NOT NULL REFERENCES conversations (key),
    first_seq    INTEGER NOT NULL,
    PRIMARY KEY (recipient, conversation)
) STRICT, WITHOUT ROWID;

-- Up to where the direct messages that waited for this member have arrived, and the number of that change.
ALTER TABLE members ADD COLUMN delivered_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN delivered_no INTEGER;
