-- Which tokens are good: those of `token_version`, and those of other issuers from after `revoked_at`; none of a disabled
-- account.
ALTER TABLE users ADD COLUMN token_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN revoked_at INTEGER;
ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;

CREATE INDEX users_admin ON users (role) WHERE role = 1;
