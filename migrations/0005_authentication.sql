-- SPF, DKIM and DMARC of a message, in the words of RFC 8601. NULL: not checked.

ALTER TABLE message ADD COLUMN spf TEXT
    CHECK (spf IN ('none', 'pass', 'fail', 'softfail', 'neutral', 'temperror', 'permerror'));
ALTER TABLE message ADD COLUMN dkim TEXT
    CHECK (dkim IN ('none', 'pass', 'fail', 'neutral', 'temperror', 'permerror'));
-- Whether a signature that passes is of the domain in From; NULL where none passes.
ALTER TABLE message ADD COLUMN dkim_aligned INTEGER
    CHECK (dkim_aligned IS NULL OR (dkim_aligned IN (0, 1) AND coalesce(dkim, '') = 'pass'));
ALTER TABLE message ADD COLUMN dmarc TEXT
    CHECK (dmarc IN ('none', 'pass', 'fail', 'temperror', 'permerror'));
-- What the domain in From asks to be done with mail that fails, where it has published anything.
ALTER TABLE message ADD COLUMN dmarc_policy TEXT
    CHECK (dmarc_policy IS NULL OR (dmarc_policy IN ('none', 'quarantine', 'reject') AND dmarc IS NOT NULL));
