-- Who may look and decide, what they decided, and what was sent.

-- Accounts. `password` is an Argon2id hash in PHC form; roles are in `staff`.

CREATE TABLE account (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    role        TEXT NOT NULL CHECK (role IN ('reviewer', 'approver', 'auditor', 'admin')),
    password    TEXT NOT NULL,
    added_at    INTEGER NOT NULL,
    disabled_at INTEGER
) STRICT;

-- Sessions and known devices, by the SHA-256 of a token that only the browser has.

CREATE TABLE session (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    account_id INTEGER NOT NULL REFERENCES account (id),
    begun_at   INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE device (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    account_id INTEGER NOT NULL REFERENCES account (id),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX device_account ON device (account_id);
CREATE INDEX device_expires ON device (expires_at);

-- Corrections of staff, as rules over metadata: mail for `typed` and all below it (from `sender`, where that is set) has
-- this verdict, or was meant for this domain (`value` NULL: unknown). Applied to new mail from then on, and to stored
-- mail step by step: `cursor` is the last message looked at, `applied` counts the recipients changed.

CREATE TABLE rule (
    id         INTEGER PRIMARY KEY,
    typed      TEXT NOT NULL,
    sender     TEXT,
    effect     TEXT NOT NULL CHECK (effect IN ('intended', 'verdict')),
    value      TEXT,
    made_by    TEXT NOT NULL,
    made_at    INTEGER NOT NULL,
    revoked_by TEXT,
    revoked_at INTEGER,
    cursor     BLOB,
    applied    INTEGER NOT NULL DEFAULT 0,
    done_at    INTEGER,
    CHECK (effect = 'intended' OR value IS NOT NULL)
) STRICT;

-- One rule in force for each name, sender and effect; a new one takes the place of the old.
CREATE UNIQUE INDEX rule_in_force ON rule (typed, coalesce(sender, ''), effect) WHERE revoked_at IS NULL;

-- Notices, as they are sent: what was approved is what goes out, octet for octet, however often it is tried.

CREATE TABLE notice (
    id              INTEGER PRIMARY KEY,
    ticket          TEXT NOT NULL UNIQUE,
    case_id         INTEGER NOT NULL REFERENCES cases (id),
    organisation_id INTEGER NOT NULL REFERENCES organisation (id),
    state           TEXT NOT NULL CHECK (state IN ('drafted', 'withdrawn', 'returned', 'approved', 'sent', 'failed')),
    language        TEXT NOT NULL,
    recipients_to   TEXT NOT NULL,
    first_day       INTEGER NOT NULL,
    last_day        INTEGER NOT NULL,
    counted         INTEGER NOT NULL,
    subject         TEXT NOT NULL,
    body_text       TEXT NOT NULL,
    body_html       TEXT NOT NULL,
    audit_seq       INTEGER NOT NULL,
    audit_hash      BLOB NOT NULL CHECK (length(audit_hash) = 32),
    drafted_by      TEXT NOT NULL,
    drafted_at      INTEGER NOT NULL,
    decided_by      TEXT,
    decided_at      INTEGER,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,
    last_error      TEXT,
    sent_at         INTEGER,
    CHECK (state NOT IN ('approved', 'sent', 'failed') OR decided_by <> drafted_by)
) STRICT;

CREATE INDEX notice_case ON notice (case_id, id);
CREATE INDEX notice_state ON notice (state, id);
CREATE INDEX notice_queue ON notice (next_attempt_at) WHERE state = 'approved';
-- One notice of a case at a time is on its way.
CREATE UNIQUE INDEX notice_open ON notice (case_id) WHERE state IN ('drafted', 'approved');
