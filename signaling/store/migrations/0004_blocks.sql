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

-- The bell asks every second which scheduled lessons begin soon, of a term's tens of thousands.
CREATE INDEX lessons_by_state_and_start ON lessons (state, planned_start_ms);
