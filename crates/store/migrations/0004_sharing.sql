-- Usage, derived from the evidence log up to a position kept with it: of grants and of agreements.

CREATE TABLE usage (
    grant_id TEXT NOT NULL,
    day TEXT NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL,
    calls BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    PRIMARY KEY (grant_id, day, operation, outcome)
);

CREATE INDEX usage_by_day ON usage (day);

INSERT INTO counters (name, value) VALUES ('usage', 0);
