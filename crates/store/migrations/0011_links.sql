-- One-time links that go out to applicants by letter, and letters to addresses that are no account's.

-- Until then the address of a registration waits to be confirmed; null where it was, or where the city writes no letters.
ALTER TABLE applicants ADD COLUMN pending_until BIGINT;

-- address is sealed: the new address that waits to be confirmed, and nothing else.
CREATE TABLE applicant_links (
    id TEXT NOT NULL PRIMARY KEY,
    applicant TEXT NOT NULL REFERENCES applicants (id),
    kind TEXT NOT NULL,
    address TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE INDEX applicant_links_by_applicant ON applicant_links (applicant, created_at);

-- Follow-ups are the city authority's, whoever provides the data (art. 26).
UPDATE agreements SET authority = COALESCE(
    (SELECT MIN(id) FROM orgs WHERE kind = 'authority' AND level = 'city'), authority);

-- Sealed, and gone when the letter has ended: where a letter goes that is not written to its reader's own address.
ALTER TABLE mails ADD COLUMN address TEXT;
