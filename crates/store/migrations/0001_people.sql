-- Events, organisations, people, sessions, systems, calendar, settings.

CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

INSERT INTO counters (name, value) VALUES ('event', 0);

-- What was done. log_index is where the event stands in the evidence log, once it does.
CREATE TABLE events (
    seq BIGINT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    actor TEXT,
    org TEXT,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    log_index BIGINT
);

CREATE INDEX events_unlogged ON events (seq) WHERE log_index IS NULL;
CREATE INDEX events_by_subject ON events (subject, seq);

-- Which records an event changed: what caches follow.
CREATE TABLE changes (
    seq BIGINT NOT NULL,
    noun TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (seq, noun, id)
);

-- authority and confirmer may be made later in the same write.
CREATE TABLE orgs (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    level TEXT NOT NULL,
    region TEXT NOT NULL,
    credit_code TEXT NOT NULL UNIQUE,
    front_code TEXT NOT NULL,
    authority TEXT NOT NULL REFERENCES orgs (id) DEFERRABLE INITIALLY DEFERRED,
    confirmer TEXT NOT NULL REFERENCES orgs (id) DEFERRABLE INITIALLY DEFERRED,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    org TEXT NOT NULL REFERENCES orgs (id),
    roles TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    failures BIGINT NOT NULL,
    locked_until BIGINT,
    is_disabled BIGINT NOT NULL,
    must_change BIGINT NOT NULL,
    email TEXT,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX users_by_org ON users (org, login);

-- Refused sign-ins of logins that nobody has: they lock like real ones. Only the hash of what was typed is kept.
CREATE TABLE strangers (
    login_hash TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    locked_until BIGINT,
    at BIGINT NOT NULL
);

CREATE INDEX strangers_by_moment ON strangers (at);

CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    csrf TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE systems (
    id TEXT NOT NULL PRIMARY KEY,
    org TEXT NOT NULL REFERENCES orgs (id),
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (org, name)
);

CREATE TABLE system_keys (
    id TEXT NOT NULL PRIMARY KEY,
    system_id TEXT NOT NULL REFERENCES systems (id),
    hash TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE INDEX system_keys_by_system ON system_keys (system_id, created_at);

CREATE TABLE holidays (
    day TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    notice TEXT NOT NULL
);

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
