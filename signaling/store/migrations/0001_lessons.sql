-- Times are milliseconds since 1970 (UTC). Portable between SQLite and PostgreSQL.
CREATE TABLE schools (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('main', 'point')),
    created_ms BIGINT NOT NULL
);

CREATE TABLE classrooms (
    id TEXT PRIMARY KEY,
    school_id TEXT NOT NULL REFERENCES schools (id),
    name TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);

-- A host classroom and one of its receiving classrooms, for a subject and a term.
CREATE TABLE pairings (
    id TEXT PRIMARY KEY,
    host_classroom_id TEXT NOT NULL REFERENCES classrooms (id),
    receiving_classroom_id TEXT NOT NULL REFERENCES classrooms (id),
    subject TEXT NOT NULL,
    term TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    UNIQUE (host_classroom_id, receiving_classroom_id, subject, term)
);

CREATE TABLE lessons (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('scheduled', 'open', 'live', 'paused', 'ended', 'cancelled')),
    host_classroom_id TEXT REFERENCES classrooms (id),
    planned_start_ms BIGINT,
    planned_end_ms BIGINT,
    live_since_ms BIGINT,
    ended_ms BIGINT,
    created_ms BIGINT NOT NULL
);

CREATE INDEX lessons_by_state ON lessons (state, created_ms);

-- Everybody who ever had a place in a lesson. The classroom is what the token named; it need not be in the register.
CREATE TABLE participants (
    lesson_id TEXT NOT NULL REFERENCES lessons (id),
    id TEXT NOT NULL,
    place BIGINT NOT NULL,
    sub TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('host', 'classroom', 'observer', 'operator')),
    name TEXT NOT NULL,
    classroom TEXT,
    resume_hash TEXT,
    present BIGINT NOT NULL,
    stage_order BIGINT,
    hand_order BIGINT,
    muted BIGINT NOT NULL,
    PRIMARY KEY (lesson_id, id)
);

-- When each participant was connected: one row an interval, open while left_ms is null.
CREATE TABLE memberships (
    lesson_id TEXT NOT NULL REFERENCES lessons (id),
    participant_id TEXT NOT NULL,
    joined_ms BIGINT NOT NULL,
    left_ms BIGINT,
    PRIMARY KEY (lesson_id, participant_id, joined_ms)
);

CREATE INDEX memberships_open ON memberships (left_ms);

CREATE TABLE chat (
    lesson_id TEXT NOT NULL REFERENCES lessons (id),
    seq BIGINT NOT NULL,
    participant_id TEXT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (lesson_id, seq)
);

-- Single values: the heartbeat of the server.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
