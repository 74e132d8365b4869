-- What became of a message after it was sent, and what it refers to. `edited_at` is when it last got another text,
-- `deleted_at` when all that it said was taken away; `reply_to` is the place of the message that it answers, in the same
-- conversation; `mentions` has the ids of those whom it names, one after the other; `reactions` is how many kinds there
-- are, null for none, so that a message without any costs no look-up.
ALTER TABLE messages ADD COLUMN edited_at INTEGER;
ALTER TABLE messages ADD COLUMN deleted_at INTEGER;
ALTER TABLE messages ADD COLUMN reply_to INTEGER;
ALTER TABLE messages ADD COLUMN mentions BLOB;
ALTER TABLE messages ADD COLUMN reactions INTEGER;

-- `kind` counts from 1 in the order of first use; `count` is how many rows of `reactions` it has.
CREATE TABLE reaction_kinds (
    conversation INTEGER NOT NULL REFERENCES conversations (key),
    seq          INTEGER NOT NULL,
    kind         INTEGER NOT NULL,
    emoji        TEXT NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (conversation, seq, kind)
) STRICT, WITHOUT ROWID;

-- Who reacted with which kind; `no` is the number of that change, so that the first are the first rows.
CREATE TABLE reactions (
    conversation INTEGER NOT NULL REFERENCES conversations (key),
    seq          INTEGER NOT NULL,
    kind         INTEGER NOT NULL,
    no           INTEGER NOT NULL,
    user         INTEGER NOT NULL REFERENCES users (key),
    PRIMARY KEY (conversation, seq, kind, no)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX reactions_user ON reactions (conversation, seq, kind, user);
