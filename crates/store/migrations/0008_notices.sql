-- What people are told, and the letters that tell it outside the platform.

-- audience says to whom it was told, in words that outlive the reader. once is set where a thing is told one time only.
CREATE TABLE notices (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    audience TEXT NOT NULL,
    href TEXT NOT NULL,
    once TEXT UNIQUE,
    words TEXT NOT NULL,
    why TEXT NOT NULL
);

-- reader is a user or an applicant.
CREATE TABLE notice_readers (
    reader TEXT NOT NULL,
    notice TEXT NOT NULL REFERENCES notices (id),
    read_at BIGINT,
    PRIMARY KEY (reader, notice)
);

CREATE INDEX notice_readers_unread ON notice_readers (reader) WHERE read_at IS NULL;

-- No address: it is looked up when the letter goes out, so that none is kept here.
CREATE TABLE mails (
    notice TEXT NOT NULL REFERENCES notices (id),
    reader TEXT NOT NULL,
    state TEXT NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    ended_at BIGINT,
    fault TEXT NOT NULL,
    PRIMARY KEY (notice, reader)
);

CREATE INDEX mails_waiting ON mails (next_at) WHERE ended_at IS NULL;
