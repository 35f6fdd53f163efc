-- Who may look and decide, what they decided, and what was sent.

-- Accounts. `password` is an Argon2id hash in PHC form; roles are in `staff`. `seen_at` is when a session of it was last
-- used, to the minute: sessions themselves are deleted when they end. Accounts are closed, never deleted: a name in the
-- audit trail stays one person's.

CREATE TABLE account (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    role        TEXT NOT NULL CHECK (role IN ('reviewer', 'approver', 'auditor', 'admin')),
    password    TEXT NOT NULL,
    added_at    INTEGER NOT NULL,
    disabled_at INTEGER,
    seen_at     INTEGER
) STRICT;

-- Sessions and known devices, by the SHA-256 of a token that only the browser has. `expires_at` of a session is whichever
-- comes first: too long without use, or too long altogether.

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

-- Notices, as they are sent: what was approved is what goes out, octet for octet, however often it is tried. `shared` and
-- `recipients_to` (JSON: address, set_by, set_at) are of the day of the draft; where they are not so any more, it is not
-- approved, and an approved one is not sent. `sorted_by` says which owners and rules its mail was sorted by. `sending` is 1
-- from the moment at which a try is begun to its end: then nobody takes it back.

CREATE TABLE notice (
    id              INTEGER PRIMARY KEY,
    ticket          TEXT NOT NULL UNIQUE,
    case_id         INTEGER NOT NULL REFERENCES cases (id),
    organisation_id INTEGER NOT NULL REFERENCES organisation (id),
    state           TEXT NOT NULL CHECK (state IN ('drafted', 'withdrawn', 'returned', 'approved', 'sent', 'failed')),
    language        TEXT NOT NULL,
    shared          INTEGER NOT NULL CHECK (shared IN (0, 1)),
    from_header     TEXT NOT NULL,
    recipients_to   TEXT NOT NULL,
    first_day       INTEGER NOT NULL,
    last_day        INTEGER NOT NULL,
    counted         INTEGER NOT NULL,
    sorted_by       TEXT NOT NULL,
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
    sending         INTEGER NOT NULL DEFAULT 0 CHECK (sending IN (0, 1)),
    last_error      TEXT,
    sent_at         INTEGER,
    CHECK (state NOT IN ('approved', 'sent', 'failed') OR decided_by <> drafted_by)
) STRICT;

CREATE INDEX notice_case ON notice (case_id, id);
CREATE INDEX notice_state ON notice (state, id);
CREATE INDEX notice_queue ON notice (next_attempt_at) WHERE state = 'approved';
-- One notice of a case at a time is on its way.
CREATE UNIQUE INDEX notice_open ON notice (case_id) WHERE state IN ('drafted', 'approved');

-- What a notice tells, by day and typed name: frozen with its text. No sum of its case may have become smaller when it is
-- approved, or sent.

CREATE TABLE notice_day_name (
    notice_id  INTEGER NOT NULL REFERENCES notice (id),
    day        INTEGER NOT NULL,
    name       TEXT NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (notice_id, day, name)
) STRICT, WITHOUT ROWID;

-- What an organisation has been told of a case: written in the transaction in which a notice is sent. Mail that comes for
-- a day of which something has been told makes the sum larger than this; then the whole day is told again.

CREATE TABLE told (
    case_id         INTEGER NOT NULL REFERENCES cases (id),
    organisation_id INTEGER NOT NULL REFERENCES organisation (id),
    day             INTEGER NOT NULL,
    name            TEXT NOT NULL,
    recipients      INTEGER NOT NULL,
    PRIMARY KEY (case_id, organisation_id, day, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX notice_sent ON notice (organisation_id, case_id) WHERE state = 'sent';
