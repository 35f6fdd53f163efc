-- Times are integer milliseconds since 1970-01-01T00:00:00Z, days are whole days since then (UTC).
-- What a sender chose and is content never reaches this file in clear: no local part, subject, name or Message-ID.

-- Organisations: who owns an intended domain.

CREATE TABLE organisation (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    country  TEXT,
    language TEXT,
    shared   INTEGER NOT NULL DEFAULT 0 CHECK (shared IN (0, 1))
) STRICT;

CREATE TABLE organisation_domain (
    domain          TEXT NOT NULL PRIMARY KEY,
    organisation_id INTEGER NOT NULL REFERENCES organisation (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX organisation_domain_owner ON organisation_domain (organisation_id);

CREATE TABLE contact (
    organisation_id INTEGER NOT NULL REFERENCES organisation (id),
    address         TEXT NOT NULL,
    set_by          TEXT NOT NULL,
    set_at          INTEGER NOT NULL,
    PRIMARY KEY (organisation_id, address)
) STRICT, WITHOUT ROWID;

-- Cases: the unit staff work on. `domain` is the intended registrable domain, or, where a domain below that has an owner
-- of its own, that domain; under `unassigned`, the typed registrable one. `genuine` counts the recipients of mail that
-- is neither spam, bounce nor probe.
-- `other` takes what goes past a day's bound of names, of many owners: it never has an organisation.

CREATE TABLE cases (
    id              INTEGER PRIMARY KEY,
    kind            TEXT NOT NULL CHECK (kind IN ('intended', 'unassigned')),
    domain          TEXT NOT NULL,
    organisation_id INTEGER REFERENCES organisation (id),
    state           TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'notified', 'closed')),
    first_seen      INTEGER NOT NULL,
    last_seen       INTEGER NOT NULL,
    recipients      INTEGER NOT NULL DEFAULT 0,
    genuine         INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, domain),
    CHECK (domain <> 'other' OR organisation_id IS NULL)
) STRICT;

CREATE INDEX cases_recent ON cases (kind, last_seen);
CREATE INDEX cases_largest ON cases (kind, genuine);

-- Messages: one row a caught transaction, clustered by id (a UUID of version 7: by time of arrival).

CREATE TABLE message (
    id                 BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    received_at        INTEGER NOT NULL,
    kept_at            INTEGER NOT NULL,
    policy             TEXT NOT NULL CHECK (policy IN ('hold', 'count')),
    bytes              INTEGER NOT NULL,
    examined           INTEGER NOT NULL,
    sender_domain      TEXT,
    sender_pseudonym   TEXT,
    helo_domain        TEXT,
    client_network     TEXT,
    tls                TEXT,
    attachments        TEXT NOT NULL,
    verdict            TEXT NOT NULL,
    verdict_confidence REAL NOT NULL,
    verdict_reasons    TEXT NOT NULL,
    language           TEXT,
    recipients         INTEGER NOT NULL CHECK (recipients > 0),
    repeats            INTEGER NOT NULL DEFAULT 0,
    digest             BLOB,
    digest_expires     INTEGER,
    emptied_at         INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX message_digest ON message (digest) WHERE digest IS NOT NULL;
CREATE INDEX message_digest_expires ON message (digest_expires) WHERE digest_expires IS NOT NULL;
-- What retention has still to empty, and what it has emptied and is to remove.
CREATE INDEX message_full ON message (kept_at) WHERE emptied_at IS NULL;
CREATE INDEX message_emptied ON message (kept_at) WHERE emptied_at IS NOT NULL;

-- Sealed items: what there is of each, and, apart from it, the bytes, in parts of bounded size under consecutive ids.

CREATE TABLE item (
    message_id      BLOB NOT NULL REFERENCES message (id),
    position        INTEGER NOT NULL,
    organisation_id INTEGER REFERENCES organisation (id),
    domain          TEXT NOT NULL,
    bytes           INTEGER NOT NULL,
    fingerprints    TEXT NOT NULL,
    first_part      INTEGER NOT NULL,
    parts           INTEGER NOT NULL,
    removed_at      INTEGER,
    PRIMARY KEY (message_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE item_body (
    id     INTEGER PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT;

CREATE TABLE sensitivity (
    message_id BLOB NOT NULL PRIMARY KEY REFERENCES message (id),
    labels     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- `counted_other` says under which of its names a recipient is counted as `other`, for want of room: 1 the roll-up key,
-- 2 the typed name of its case, 4 the sender. With it the sums of a message follow from its rows alone.

CREATE TABLE recipient (
    message_id           BLOB NOT NULL REFERENCES message (id),
    position             INTEGER NOT NULL,
    typed_domain         TEXT NOT NULL,
    typed_registrable    TEXT NOT NULL,
    watch                TEXT,
    pseudonym            TEXT NOT NULL,
    intended_domain      TEXT,
    intended_registrable TEXT,
    confidence           REAL NOT NULL,
    runner_up            TEXT,
    runner_up_confidence REAL,
    reasons              TEXT NOT NULL,
    organisation_id      INTEGER REFERENCES organisation (id),
    case_id              INTEGER NOT NULL REFERENCES cases (id),
    item                 INTEGER,
    counted_other        INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (message_id, position),
    FOREIGN KEY (message_id, item) REFERENCES item (message_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX recipient_case ON recipient (case_id, message_id, position);

-- Roll-ups, kept in the transaction of what they count, so that nothing ever counts rows.

CREATE TABLE counter (
    name  TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE day_total (
    day        INTEGER NOT NULL,
    policy     TEXT NOT NULL,
    verdict    TEXT NOT NULL,
    messages   INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (day, policy, verdict)
) STRICT, WITHOUT ROWID;

CREATE TABLE day_key (
    day        INTEGER NOT NULL,
    name       TEXT NOT NULL,
    policy     TEXT NOT NULL,
    verdict    TEXT NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (day, name, policy, verdict)
) STRICT, WITHOUT ROWID;

-- How many distinct names a day has taken of its allowance: roll-up keys, and cases opened.
CREATE TABLE day_names (
    day   INTEGER NOT NULL PRIMARY KEY,
    keys  INTEGER NOT NULL,
    cases INTEGER NOT NULL
) STRICT;

CREATE TABLE day_session (
    day                INTEGER NOT NULL PRIMARY KEY,
    sessions           INTEGER NOT NULL,
    auth_attempts      INTEGER NOT NULL,
    relay_attempts     INTEGER NOT NULL,
    misrouted          INTEGER NOT NULL,
    refused_recipients INTEGER NOT NULL
) STRICT;

CREATE TABLE case_day (
    case_id    INTEGER NOT NULL REFERENCES cases (id),
    day        INTEGER NOT NULL,
    verdict    TEXT NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (case_id, day, verdict)
) STRICT, WITHOUT ROWID;

CREATE TABLE case_day_label (
    case_id    INTEGER NOT NULL REFERENCES cases (id),
    day        INTEGER NOT NULL,
    label      TEXT NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (case_id, day, label)
) STRICT, WITHOUT ROWID;

-- What a notice may count, and what staff see of a case: by typed registrable domain, and by sending domain for genuine
-- mail alone ('' for the null reverse-path). `sure` is 1 where the intended domain is known well enough for a notice. At
-- most so many names and senders a case and day; what comes after them counts as `other`. Unlike the other roll-ups,
-- these go with the metadata of the messages that they count: a sending domain is metadata.

CREATE TABLE case_day_name (
    case_id    INTEGER NOT NULL REFERENCES cases (id),
    day        INTEGER NOT NULL,
    name       TEXT NOT NULL,
    verdict    TEXT NOT NULL,
    sure       INTEGER NOT NULL CHECK (sure IN (0, 1)),
    recipients INTEGER NOT NULL,
    PRIMARY KEY (case_id, day, name, verdict, sure)
) STRICT, WITHOUT ROWID;

CREATE TABLE case_day_sender (
    case_id    INTEGER NOT NULL REFERENCES cases (id),
    day        INTEGER NOT NULL,
    sender     TEXT NOT NULL,
    sure       INTEGER NOT NULL CHECK (sure IN (0, 1)),
    messages   INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (case_id, day, sender, sure)
) STRICT, WITHOUT ROWID;

-- Stored mail put in order by a changed directory, step by step: of which version, from where on (see store/walk.rs).

CREATE TABLE regrouping (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    version  INTEGER NOT NULL,
    begun_at INTEGER NOT NULL,
    cursor   BLOB,
    done     INTEGER NOT NULL CHECK (done IN (0, 1))
) STRICT;

-- The audit trail: append-only, each entry bound to the one before it.

CREATE TABLE audit (
    seq       INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    actor     TEXT NOT NULL,
    action    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    detail    TEXT NOT NULL,
    prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32),
    hash      BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
