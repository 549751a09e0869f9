-- Regions, alliances, terms, bells, people, devices, the timetable, bookings, and who did what.
-- Days are YYYY-MM-DD, minutes count from midnight, truths are 0 or 1. What people change has a version. What attendance refers to is closed, never removed.
CREATE TABLE regions (
    id TEXT PRIMARY KEY,
    parent_id TEXT REFERENCES regions (id),
    level TEXT NOT NULL CHECK (level IN ('province', 'city', 'county')),
    name TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);

ALTER TABLE schools ADD COLUMN region_id TEXT REFERENCES regions (id);
ALTER TABLE schools ADD COLUMN closed_ms BIGINT;
-- What the school's line carries upwards; a budget for all its classrooms.
ALTER TABLE schools ADD COLUMN uplink_kbit BIGINT;
ALTER TABLE schools ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

ALTER TABLE classrooms ADD COLUMN kind TEXT NOT NULL DEFAULT 'ordinary' CHECK (kind IN ('recording', 'ordinary'));
ALTER TABLE classrooms ADD COLUMN closed_ms BIGINT;
ALTER TABLE classrooms ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

CREATE INDEX classrooms_by_school ON classrooms (school_id, id);

CREATE TABLE alliances (
    id TEXT PRIMARY KEY,
    region_id TEXT NOT NULL REFERENCES regions (id),
    name TEXT NOT NULL,
    closed_ms BIGINT,
    version BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE alliance_members (
    alliance_id TEXT NOT NULL REFERENCES alliances (id),
    school_id TEXT NOT NULL REFERENCES schools (id),
    role TEXT NOT NULL CHECK (role IN ('lead', 'collaborating', 'paired')),
    from_day TEXT NOT NULL,
    to_day TEXT,
    PRIMARY KEY (alliance_id, school_id, from_day)
);

ALTER TABLE pairings ADD COLUMN from_day TEXT;
ALTER TABLE pairings ADD COLUMN to_day TEXT;
ALTER TABLE pairings ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

CREATE TABLE terms (
    id TEXT PRIMARY KEY,
    region_id TEXT REFERENCES regions (id),
    name TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);

-- Days of a term that are not what their date says: a holiday, or a Saturday taught as a Friday.
CREATE TABLE term_days (
    term_id TEXT NOT NULL REFERENCES terms (id),
    day TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('holiday', 'make_up')),
    weekday BIGINT,
    week BIGINT,
    name TEXT NOT NULL,
    PRIMARY KEY (term_id, day)
);

CREATE TABLE bell_plans (
    id TEXT PRIMARY KEY,
    school_id TEXT NOT NULL REFERENCES schools (id),
    name TEXT NOT NULL,
    from_day TEXT,
    to_day TEXT,
    version BIGINT NOT NULL DEFAULT 1
);

CREATE INDEX bell_plans_by_school ON bell_plans (school_id);

CREATE TABLE bell_periods (
    bell_plan_id TEXT NOT NULL REFERENCES bell_plans (id),
    number BIGINT NOT NULL,
    start_min BIGINT NOT NULL,
    end_min BIGINT NOT NULL,
    PRIMARY KEY (bell_plan_id, number)
);

CREATE TABLE people (
    id TEXT PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    school_id TEXT REFERENCES schools (id),
    region_id TEXT REFERENCES regions (id),
    password_hash TEXT,
    must_change BIGINT NOT NULL DEFAULT 0,
    totp_secret TEXT,
    totp_since_ms BIGINT,
    -- The last time step a code was taken of, so that none is taken twice.
    totp_last_step BIGINT,
    failed BIGINT NOT NULL DEFAULT 0,
    locked_until_ms BIGINT,
    closed_ms BIGINT,
    created_ms BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);

CREATE INDEX people_by_school ON people (school_id, id);

CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    role TEXT NOT NULL CHECK (role IN ('teacher', 'assistant', 'observer', 'inspector', 'school_admin', 'alliance_admin', 'county_operator', 'library_editor')),
    scope TEXT NOT NULL CHECK (scope IN ('everything', 'region', 'alliance', 'school', 'classroom')),
    scope_id TEXT,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT,
    granted_by TEXT REFERENCES people (id)
);

CREATE INDEX grants_by_person ON grants (person_id);

CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    made_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    second_factor_ms BIGINT,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
);

CREATE INDEX sessions_by_person ON sessions (person_id);
CREATE INDEX sessions_by_end ON sessions (expires_ms);

CREATE TABLE password_resets (
    token_hash TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    expires_ms BIGINT NOT NULL,
    used_ms BIGINT,
    made_by TEXT REFERENCES people (id)
);

CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    classroom_id TEXT NOT NULL REFERENCES classrooms (id),
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    bound_ms BIGINT NOT NULL,
    bound_by TEXT REFERENCES people (id),
    revoked_ms BIGINT,
    seen_ms BIGINT
);

CREATE INDEX devices_by_classroom ON devices (classroom_id, id);

-- A code a panel shows until somebody confirms it.
CREATE TABLE device_codes (
    id TEXT PRIMARY KEY,
    code_hash TEXT NOT NULL UNIQUE,
    poll_hash TEXT NOT NULL UNIQUE,
    expires_ms BIGINT NOT NULL,
    confirmed_device TEXT REFERENCES devices (id),
    tries BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE entries (
    id TEXT PRIMARY KEY,
    term_id TEXT NOT NULL REFERENCES terms (id),
    weekday BIGINT NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    period BIGINT NOT NULL,
    subject TEXT NOT NULL,
    title TEXT NOT NULL,
    teacher_id TEXT NOT NULL REFERENCES people (id),
    host_classroom_id TEXT NOT NULL REFERENCES classrooms (id),
    kind TEXT NOT NULL CHECK (kind IN ('dedicated', 'famous_teacher', 'famous_school')),
    weeks TEXT NOT NULL,
    from_day TEXT,
    to_day TEXT,
    closed_ms BIGINT,
    version BIGINT NOT NULL DEFAULT 1
);

CREATE INDEX entries_by_term ON entries (term_id, id);

CREATE TABLE entry_receivers (
    entry_id TEXT NOT NULL REFERENCES entries (id),
    classroom_id TEXT NOT NULL REFERENCES classrooms (id),
    interactive BIGINT NOT NULL,
    PRIMARY KEY (entry_id, classroom_id)
);

CREATE INDEX entry_receivers_by_classroom ON entry_receivers (classroom_id);

CREATE TABLE entry_assistants (
    entry_id TEXT NOT NULL REFERENCES entries (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    PRIMARY KEY (entry_id, person_id)
);

ALTER TABLE lessons ADD COLUMN entry_id TEXT REFERENCES entries (id);
ALTER TABLE lessons ADD COLUMN day TEXT;
ALTER TABLE lessons ADD COLUMN period BIGINT;
ALTER TABLE lessons ADD COLUMN kind TEXT CHECK (kind IN ('dedicated', 'famous_teacher', 'famous_school'));
ALTER TABLE lessons ADD COLUMN subject TEXT;
ALTER TABLE lessons ADD COLUMN teacher_id TEXT REFERENCES people (id);
-- Why it is cancelled or not as planned.
ALTER TABLE lessons ADD COLUMN reason TEXT;
ALTER TABLE lessons ADD COLUMN changed_by_hand BIGINT NOT NULL DEFAULT 0;
-- What is switched off, as JSON.
ALTER TABLE lessons ADD COLUMN switches TEXT;
ALTER TABLE lessons ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

CREATE UNIQUE INDEX lessons_by_entry ON lessons (entry_id, day);
CREATE INDEX lessons_by_start ON lessons (planned_start_ms, id);

CREATE TABLE lesson_receivers (
    lesson_id TEXT NOT NULL REFERENCES lessons (id),
    classroom_id TEXT NOT NULL REFERENCES classrooms (id),
    interactive BIGINT NOT NULL,
    PRIMARY KEY (lesson_id, classroom_id)
);

CREATE TABLE lesson_assistants (
    lesson_id TEXT NOT NULL REFERENCES lessons (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    PRIMARY KEY (lesson_id, person_id)
);

-- Who and what is taken when: person:ID or classroom:ID. A cancelled lesson holds nothing.
CREATE TABLE bookings (
    lesson_id TEXT NOT NULL REFERENCES lessons (id),
    resource TEXT NOT NULL,
    start_ms BIGINT NOT NULL,
    end_ms BIGINT NOT NULL,
    PRIMARY KEY (lesson_id, resource)
);

CREATE INDEX bookings_by_resource ON bookings (resource, start_ms);

-- Counted up as the first statement of every transaction that books: one waits here for the other.
INSERT INTO meta (name, value) VALUES ('bookings', '0');

CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    person_id TEXT REFERENCES people (id),
    address TEXT NOT NULL,
    act TEXT NOT NULL,
    thing TEXT NOT NULL,
    thing_id TEXT NOT NULL,
    detail TEXT NOT NULL
);

CREATE INDEX audit_by_time ON audit (at_ms, id);
CREATE INDEX audit_by_thing ON audit (thing, thing_id, at_ms);
