-- What is opened to the public: sets, their releases with their files, the published lists, what was downloaded.

-- A set is open while listed (on its agency's newest list of that kind) and not withdrawn; an unconditional one
-- needs a current release besides. The kind must still be the one that the published version of the entry has.
CREATE TABLE open_sets (
    entry TEXT NOT NULL PRIMARY KEY REFERENCES entries (id),
    name TEXT NOT NULL UNIQUE,
    org TEXT NOT NULL REFERENCES orgs (id),
    revision BIGINT NOT NULL,
    plan_version BIGINT,
    plan_by TEXT REFERENCES users (id),
    plan_at BIGINT,
    listed TEXT,
    listed_at BIGINT,
    current BIGINT,
    opened_at BIGINT,
    withdrawn_at BIGINT,
    withdrawn_by TEXT REFERENCES users (id),
    withdrawn_reason TEXT NOT NULL,
    plan TEXT NOT NULL,
    measure TEXT NOT NULL
);

CREATE INDEX open_sets_by_org ON open_sets (org);
CREATE INDEX open_sets_listed ON open_sets (name) WHERE listed IS NOT NULL AND withdrawn_at IS NULL;

-- data_version is the version of the entry's rows a release was made from; its own rows have the release's number as
-- their version. files, items, masked, scores, measure and profile are JSON.
CREATE TABLE releases (
    entry TEXT NOT NULL REFERENCES open_sets (entry),
    number BIGINT NOT NULL,
    state TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    entry_version BIGINT NOT NULL,
    data_version BIGINT,
    row_count BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    prepared_by TEXT NOT NULL REFERENCES users (id),
    reviewed_by TEXT NOT NULL REFERENCES users (id),
    asked_at BIGINT NOT NULL,
    made_at BIGINT,
    message TEXT NOT NULL,
    plan TEXT NOT NULL,
    files TEXT NOT NULL,
    items TEXT NOT NULL,
    masked TEXT NOT NULL,
    scores TEXT NOT NULL,
    measure TEXT NOT NULL,
    profile TEXT NOT NULL,
    PRIMARY KEY (entry, number)
);

CREATE INDEX releases_making ON releases (asked_at) WHERE state = 'making';

-- lines is JSON, frozen with the edition (art. 24).
CREATE TABLE open_lists (
    org TEXT NOT NULL REFERENCES orgs (id),
    kind TEXT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    by_user TEXT NOT NULL REFERENCES users (id),
    sets BIGINT NOT NULL,
    lines TEXT NOT NULL,
    PRIMARY KEY (org, kind, number)
);

-- Sums of a day; no one's download is kept.
CREATE TABLE downloads (
    entry TEXT NOT NULL REFERENCES open_sets (entry),
    day TEXT NOT NULL,
    format TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (entry, day, format)
);

CREATE INDEX downloads_by_day ON downloads (day);
