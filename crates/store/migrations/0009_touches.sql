-- Which records each grant received, as sorted runs: a row for every record would cost more than the calls themselves.
-- All of it is derived from the evidence log, so it is emptied here with the usage and derived again.

DROP TABLE touches;

-- touches is a part of a run, 16 bytes each in the order of the first eight: the keyed hash of the record, the index of
-- the evidence. low and high are the first and the last hash of the part, in hexadecimal.
CREATE TABLE touch_runs (
    entry TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    level BIGINT NOT NULL,
    run BIGINT NOT NULL,
    low TEXT NOT NULL,
    high TEXT NOT NULL,
    touches BYTEA NOT NULL,
    PRIMARY KEY (entry, grant_id, level, run, low)
);

-- Grants that received the whole set as a file.
CREATE TABLE touched_sets (
    entry TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    log_index BIGINT NOT NULL,
    PRIMARY KEY (entry, grant_id)
);

DELETE FROM usage;

UPDATE counters SET value = 0 WHERE name = 'usage';
