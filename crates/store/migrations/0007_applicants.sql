-- Applicants, their sessions, agreements with their keys and follow-ups, data products.

-- details is sealed with a key outside the database; login_mark is a keyed hash. Both are gone after an erasure, and
-- with them everything personal; id, number and kind stay as the anonymous party of cases.
CREATE TABLE applicants (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    login_mark TEXT UNIQUE,
    details TEXT,
    password_hash TEXT NOT NULL,
    consent TEXT NOT NULL,
    failures BIGINT NOT NULL,
    locked_until BIGINT,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    erased_at BIGINT
);

CREATE TABLE applicant_sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    applicant TEXT NOT NULL REFERENCES applicants (id),
    csrf TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX applicant_sessions_by_applicant ON applicant_sessions (applicant);
CREATE INDEX applicant_sessions_by_expiry ON applicant_sessions (expires_at);

-- The text names the applicant by number only.
CREATE TABLE agreements (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    case_id TEXT NOT NULL REFERENCES cases (id),
    entry TEXT NOT NULL REFERENCES entries (id),
    version BIGINT NOT NULL,
    provider TEXT NOT NULL REFERENCES orgs (id),
    authority TEXT NOT NULL REFERENCES orgs (id),
    applicant TEXT NOT NULL REFERENCES applicants (id),
    terms TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    accepted_at BIGINT,
    until TEXT NOT NULL,
    follow_months BIGINT NOT NULL,
    follow_on TEXT,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE INDEX agreements_by_applicant ON agreements (applicant, created_at, id);
CREATE INDEX agreements_by_case ON agreements (case_id);
CREATE INDEX agreements_by_entry ON agreements (entry);
CREATE INDEX agreements_by_provider ON agreements (provider, created_at, id);
CREATE INDEX agreements_by_follow ON agreements (authority, follow_on);

CREATE TABLE agreement_keys (
    id TEXT NOT NULL PRIMARY KEY,
    agreement TEXT NOT NULL REFERENCES agreements (id),
    hash TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE INDEX agreement_keys_by_agreement ON agreement_keys (agreement, created_at);

CREATE TABLE agreement_follow_ups (
    agreement TEXT NOT NULL REFERENCES agreements (id),
    seq BIGINT NOT NULL,
    on_day TEXT NOT NULL,
    actor TEXT NOT NULL REFERENCES users (id),
    words TEXT NOT NULL,
    PRIMARY KEY (agreement, seq)
);

-- byline is sealed like an applicant's details; it is gone when its applicant is erased.
CREATE TABLE products (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    applicant TEXT REFERENCES applicants (id),
    author TEXT REFERENCES users (id),
    authority TEXT NOT NULL REFERENCES orgs (id),
    name TEXT NOT NULL,
    summary TEXT NOT NULL,
    link TEXT NOT NULL,
    byline TEXT,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    published_at BIGINT
);

CREATE INDEX products_by_state ON products (state, published_at, id);
CREATE INDEX products_by_applicant ON products (applicant);

CREATE TABLE product_sources (
    product TEXT NOT NULL REFERENCES products (id),
    seq BIGINT NOT NULL,
    entry TEXT NOT NULL REFERENCES entries (id),
    acquired_on TEXT NOT NULL,
    citation TEXT NOT NULL,
    PRIMARY KEY (product, seq)
);

CREATE INDEX product_sources_by_entry ON product_sources (entry);
