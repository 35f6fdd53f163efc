-- What staff decide about names, what was turned away by name, and the operator's own mail.

-- Whether an organisation has agreed that a sender is told "did you mean …?".
ALTER TABLE organisation ADD COLUMN hint INTEGER NOT NULL DEFAULT 0 CHECK (hint IN (0, 1));

-- Policies that staff have decided, before those of the file; `name` NULL is the default of the zones. A decision is never
-- changed: a new one takes the place of the old, and who took it back, or replaced it, and when, stays.

CREATE TABLE policy (
    id         INTEGER PRIMARY KEY,
    name       TEXT,
    subdomains INTEGER NOT NULL CHECK (subdomains IN (0, 1)),
    policy     TEXT NOT NULL CHECK (policy IN ('hold', 'count', 'refuse')),
    until      INTEGER,
    made_by    TEXT NOT NULL,
    made_at    INTEGER NOT NULL,
    revoked_by TEXT,
    revoked_at INTEGER,
    CHECK (until IS NULL OR policy = 'hold'),
    CHECK ((revoked_by IS NULL) = (revoked_at IS NULL))
) STRICT;

-- One decision in force for each name. No name is empty.
CREATE UNIQUE INDEX policy_in_force ON policy (coalesce(name, '')) WHERE revoked_at IS NULL;

-- Recipients refused at RCPT by policy: by watch entry or typed registrable domain. Past a day's bound of names: `other`.

CREATE TABLE refused_day (
    day        INTEGER NOT NULL,
    name       TEXT NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (day, name)
) STRICT, WITHOUT ROWID;

-- How many names a day has taken of its allowance in `refused_day`.
CREATE TABLE refused_names (
    day   INTEGER NOT NULL PRIMARY KEY,
    names INTEGER NOT NULL
) STRICT;

-- Recipients at a domain of the directory, outside our zones: somebody's server takes us for its relay. By the domain and
-- not by its owner: a domain may change hands, and its counts go with it.

CREATE TABLE misrouted_day (
    domain     TEXT NOT NULL,
    day        INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (domain, day)
) STRICT, WITHOUT ROWID;

CREATE INDEX misrouted_day_day ON misrouted_day (day, domain);

-- The operator's own mail: no case, no recipient, no verdict; sealed, and bounded in number and octets. The bytes lie apart,
-- in parts of bounded size under consecutive ids.

CREATE TABLE operator_item (
    id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    received_at  INTEGER NOT NULL,
    kept_at      INTEGER NOT NULL,
    mailbox      TEXT NOT NULL CHECK (mailbox IN ('postmaster', 'abuse', 'returned')),
    bytes        INTEGER NOT NULL,
    sealed_bytes INTEGER NOT NULL,
    fingerprints TEXT NOT NULL,
    first_part   INTEGER NOT NULL,
    parts        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX operator_item_kept ON operator_item (kept_at);
CREATE INDEX operator_item_mailbox ON operator_item (mailbox, received_at, sealed_bytes);

CREATE TABLE operator_body (
    id     INTEGER PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT;
