-- Whose direct messages `user` does not want.
CREATE TABLE blocks (
    user    INTEGER NOT NULL REFERENCES users (key),
    blocked INTEGER NOT NULL REFERENCES users (key),
    PRIMARY KEY (user, blocked)
) STRICT, WITHOUT ROWID;

-- Deleted groups whose messages are still to go. The groups' own rows stay, for the numbers of leaving in `members`.
CREATE TABLE purges (
    conversation INTEGER PRIMARY KEY REFERENCES conversations (key)
) STRICT;
