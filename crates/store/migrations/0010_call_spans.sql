-- Where the calls of each grant stand in the evidence log, so that whoever may see its use reads them without reading
-- the whole log. One row tells of the calls counted at one time: they stand from first_index to last_index, among others.
CREATE TABLE call_spans (
    grant_id TEXT NOT NULL,
    first_index BIGINT NOT NULL,
    last_index BIGINT NOT NULL,
    PRIMARY KEY (grant_id, first_index)
);
