-- Who may not join a lesson any more: neither the identity of the token nor its classroom. The id is the participant's.
CREATE TABLE blocks (
    lesson_id TEXT NOT NULL REFERENCES lessons (id),
    id TEXT NOT NULL,
    sub TEXT NOT NULL,
    classroom TEXT,
    name TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (lesson_id, id)
);
