-- Failed attempts at logins that nobody has, in a bounded number of places: what comes to a place that another holds takes it over.
CREATE TABLE strangers (
    place BIGINT PRIMARY KEY,
    mark TEXT NOT NULL,
    failed BIGINT NOT NULL,
    locked_until_ms BIGINT
);
