-- Cases, their steps, whose turn it is; grants come first because a case may be about one.

CREATE TABLE grants (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT,
    entry TEXT NOT NULL REFERENCES entries (id),
    version BIGINT NOT NULL,
    provider TEXT NOT NULL REFERENCES orgs (id),
    consumer TEXT NOT NULL REFERENCES orgs (id),
    matter TEXT NOT NULL,
    terms TEXT NOT NULL,
    until TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE INDEX grants_by_provider ON grants (provider, created_at, id);
CREATE INDEX grants_by_consumer ON grants (consumer, created_at, id);
CREATE INDEX grants_by_entry ON grants (entry, created_at, id);

-- What somebody without an account did has neither actor nor organisation; an applicant's own cases name the applicant.
-- due_on and amber_on repeat what the clocks read from the steps, for sorting.
CREATE TABLE cases (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    procedure TEXT NOT NULL,
    state TEXT NOT NULL,
    revision BIGINT NOT NULL,
    title TEXT NOT NULL,
    entry TEXT REFERENCES entries (id),
    grant_id TEXT REFERENCES grants (id),
    about TEXT REFERENCES cases (id),
    consumer TEXT REFERENCES orgs (id),
    provider TEXT REFERENCES orgs (id),
    authority TEXT NOT NULL REFERENCES orgs (id),
    applicant TEXT,
    opened_by TEXT REFERENCES users (id),
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    due_on TEXT,
    amber_on TEXT,
    owed_by TEXT,
    content TEXT NOT NULL
);

CREATE INDEX cases_by_opening ON cases (opened_at, id);
CREATE INDEX cases_open_by_due ON cases (due_on, id) WHERE closed_at IS NULL;
CREATE INDEX cases_by_entry ON cases (entry, procedure);
CREATE INDEX cases_by_grant ON cases (grant_id);
CREATE INDEX cases_by_about ON cases (about);
CREATE INDEX cases_by_consumer ON cases (consumer, opened_at, id);
CREATE INDEX cases_by_provider ON cases (provider, opened_at, id);
CREATE INDEX cases_by_applicant ON cases (applicant, opened_at, id) WHERE applicant IS NOT NULL;
CREATE INDEX cases_by_authority ON cases (authority, opened_at, id);

CREATE TABLE case_steps (
    case_id TEXT NOT NULL REFERENCES cases (id),
    seq BIGINT NOT NULL,
    step TEXT NOT NULL,
    state TEXT NOT NULL,
    actor TEXT REFERENCES users (id),
    org TEXT REFERENCES orgs (id),
    at BIGINT NOT NULL,
    on_day TEXT NOT NULL,
    extra_days BIGINT NOT NULL,
    answers TEXT NOT NULL,
    PRIMARY KEY (case_id, seq)
);

-- Who may take the next step: the rows of the to-do lists.
CREATE TABLE case_turns (
    case_id TEXT NOT NULL REFERENCES cases (id),
    office TEXT NOT NULL,
    org TEXT NOT NULL REFERENCES orgs (id),
    PRIMARY KEY (case_id, office, org)
);

CREATE INDEX case_turns_by_org ON case_turns (org, office);
