-- What pages of staff look for that the tables of 0001 have no order for.

-- The cases of an organisation. Cases of nobody are the many, and are not in it.
CREATE INDEX cases_owner ON cases (organisation_id) WHERE organisation_id IS NOT NULL;

-- The directory in the order in which people read names, and from a name's first letters on.
CREATE INDEX organisation_folded ON organisation (lower(name), name);
