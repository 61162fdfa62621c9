-- What is doubted, who received which record, and who was told what became of it.

-- record is a keyed hash of the record's key, or empty where the whole set is marked; item is empty then too.
CREATE TABLE marks (
    case_id TEXT NOT NULL PRIMARY KEY REFERENCES cases (id),
    entry TEXT NOT NULL REFERENCES entries (id),
    kind TEXT NOT NULL,
    record TEXT NOT NULL,
    item TEXT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT,
    words TEXT NOT NULL
);

CREATE INDEX marks_standing ON marks (entry) WHERE until IS NULL;

-- Derived from the evidence log together with usage. An export received the whole set: its record is empty.
CREATE TABLE touches (
    entry TEXT NOT NULL,
    record TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    log_index BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (entry, record, grant_id)
);

-- Organisations that are no party of a case and were told of its outcome; they may see it.
CREATE TABLE case_told (
    case_id TEXT NOT NULL REFERENCES cases (id),
    org TEXT NOT NULL REFERENCES orgs (id),
    grant_id TEXT NOT NULL REFERENCES grants (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (case_id, org, grant_id)
);

CREATE INDEX case_told_by_org ON case_told (org);
