-- Entries, their versions, the reasons of their last return, the signatures of co-compilers.

-- title, kind, share and open repeat the draft, for lists. data_version is the rows callers get.
-- Long texts stand last in every table, where reading the others does not pass over them.
CREATE TABLE entries (
    id TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    org TEXT NOT NULL REFERENCES orgs (id),
    level TEXT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    share TEXT NOT NULL,
    open TEXT NOT NULL,
    state TEXT NOT NULL,
    revision BIGINT NOT NULL,
    published BIGINT,
    data_version BIGINT,
    data_rows BIGINT NOT NULL,
    data_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    draft TEXT NOT NULL
);

CREATE INDEX entries_by_org ON entries (org, state);
-- A list and its count are answered from this index; the draft, which may be long, is not touched.
CREATE INDEX entries_by_update ON entries (updated_at, id, org, state, kind, share, level, published);

CREATE TABLE versions (
    entry TEXT NOT NULL REFERENCES entries (id),
    number BIGINT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    share TEXT NOT NULL,
    open TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    published_by TEXT NOT NULL REFERENCES users (id),
    content TEXT NOT NULL,
    PRIMARY KEY (entry, number)
);

CREATE INDEX versions_by_kind ON versions (entry, number, kind, share);

CREATE TABLE review_notes (
    entry TEXT NOT NULL REFERENCES entries (id),
    position BIGINT NOT NULL,
    field TEXT NOT NULL,
    words TEXT NOT NULL,
    by_user TEXT NOT NULL REFERENCES users (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (entry, position)
);

CREATE TABLE signatures (
    entry TEXT NOT NULL REFERENCES entries (id),
    revision BIGINT NOT NULL,
    org TEXT NOT NULL REFERENCES orgs (id),
    by_user TEXT NOT NULL REFERENCES users (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (entry, revision, org)
);

CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    entry TEXT NOT NULL REFERENCES entries (id),
    version BIGINT NOT NULL,
    batch TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    file_name TEXT NOT NULL,
    file TEXT NOT NULL,
    refusals TEXT,
    sha256 TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    by_fault TEXT NOT NULL,
    scores TEXT NOT NULL,
    message TEXT NOT NULL,
    by_user TEXT REFERENCES users (id),
    by_system TEXT REFERENCES systems (id),
    at BIGINT NOT NULL,
    finished_at BIGINT,
    data_version BIGINT,
    UNIQUE (entry, batch)
);

CREATE INDEX deliveries_by_entry ON deliveries (entry, at, id);
CREATE INDEX deliveries_by_state ON deliveries (state, at);
CREATE INDEX deliveries_by_moment ON deliveries (at, id);
