-- What a lesson leaves behind: how many pupils, who spoke, what media flowed, whether it was delivered, and sums of that.
-- A membership that ended with a goodbye: by the participant itself, or with the lesson. Otherwise it vanished.
ALTER TABLE memberships ADD COLUMN goodbye BIGINT NOT NULL DEFAULT 0;

-- How many pupils somebody counted; the latest holds. The classroom is what the token named; it need not be in the register.
CREATE TABLE headcounts (
    lesson_id TEXT NOT NULL REFERENCES lessons (id),
    classroom TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    pupils BIGINT NOT NULL,
    counted_by TEXT NOT NULL,
    PRIMARY KEY (lesson_id, classroom, at_ms)
);

-- A raised hand, a time on stage after being called on, an answer given there. Open while until_ms is null.
CREATE TABLE interactions (
    lesson_id TEXT NOT NULL REFERENCES lessons (id),
    participant_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('hand', 'call', 'answer')),
    at_ms BIGINT NOT NULL,
    until_ms BIGINT,
    speech_ms BIGINT NOT NULL,
    PRIMARY KEY (lesson_id, participant_id, kind, at_ms)
);

CREATE INDEX interactions_open ON interactions (until_ms);

-- Media of a participant in one minute; received: from the server, sent: to it. Bit n of the bits: media flowed in second n.
-- A server that is started anew within a minute begins another row.
CREATE TABLE media_minutes (
    lesson_id TEXT NOT NULL REFERENCES lessons (id),
    participant_id TEXT NOT NULL,
    minute_ms BIGINT NOT NULL,
    begun_ms BIGINT NOT NULL,
    received_bits BIGINT NOT NULL,
    sent_bits BIGINT NOT NULL,
    received_bytes BIGINT NOT NULL,
    sent_bytes BIGINT NOT NULL,
    received_loss_ppm BIGINT NOT NULL,
    sent_loss_ppm BIGINT NOT NULL,
    rtt_ms BIGINT,
    rtt_max_ms BIGINT,
    freeze_ms BIGINT NOT NULL,
    speech_ms BIGINT NOT NULL,
    PRIMARY KEY (lesson_id, participant_id, minute_ms, begun_ms)
);

-- When the deliveries of a lesson were decided; null: they are still to be.
ALTER TABLE lessons ADD COLUMN decided_ms BIGINT;
-- Of what is over already nothing was measured: it is left out.
UPDATE lessons SET decided_ms = 0 WHERE state IN ('ended', 'cancelled');
CREATE INDEX lessons_undecided ON lessons (planned_end_ms) WHERE decided_ms IS NULL;

-- One lesson for one receiving classroom. School, subject, teacher and week as they were then.
CREATE TABLE deliveries (
    lesson_id TEXT NOT NULL REFERENCES lessons (id),
    classroom_id TEXT NOT NULL REFERENCES classrooms (id),
    term_id TEXT NOT NULL,
    week BIGINT NOT NULL,
    week_end TEXT NOT NULL,
    school_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    teacher_id TEXT NOT NULL,
    delivered BIGINT NOT NULL,
    cause TEXT CHECK (cause IN ('power', 'network', 'absent', 'cancelled', 'host')),
    planned_s BIGINT NOT NULL,
    received_s BIGINT NOT NULL,
    sent_s BIGINT NOT NULL,
    fault_s BIGINT NOT NULL,
    first_join_ms BIGINT,
    punctual BIGINT NOT NULL,
    hands BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    answers BIGINT NOT NULL,
    speech_s BIGINT NOT NULL,
    headcount BIGINT,
    PRIMARY KEY (lesson_id, classroom_id)
);

CREATE INDEX deliveries_by_teacher ON deliveries (term_id, teacher_id);
CREATE INDEX deliveries_by_classroom ON deliveries (classroom_id, week);

-- Sums of the deliveries, kept in the transaction that writes them.
CREATE TABLE delivery_sums (
    term_id TEXT NOT NULL,
    school_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    week BIGINT NOT NULL,
    classroom_id TEXT NOT NULL,
    week_end TEXT NOT NULL,
    planned BIGINT NOT NULL,
    delivered BIGINT NOT NULL,
    attended BIGINT NOT NULL,
    punctual BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    interactive BIGINT NOT NULL,
    hands BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    answers BIGINT NOT NULL,
    planned_s BIGINT NOT NULL,
    fault_s BIGINT NOT NULL,
    speech_s BIGINT NOT NULL,
    headcount BIGINT NOT NULL,
    PRIMARY KEY (term_id, school_id, subject, week, classroom_id)
);

-- Counted up as the first statement of every transaction that writes deliveries: one waits here for the other.
INSERT INTO meta (name, value) VALUES ('deliveries', '0');

-- A lesson is found by whom it concerns and when it begins.
ALTER TABLE lesson_receivers ADD COLUMN start_ms BIGINT;
UPDATE lesson_receivers SET start_ms = (SELECT planned_start_ms FROM lessons WHERE lessons.id = lesson_receivers.lesson_id);
CREATE INDEX lesson_receivers_by_classroom ON lesson_receivers (classroom_id, start_ms);
ALTER TABLE lesson_assistants ADD COLUMN start_ms BIGINT;
UPDATE lesson_assistants SET start_ms = (SELECT planned_start_ms FROM lessons WHERE lessons.id = lesson_assistants.lesson_id);
CREATE INDEX lesson_assistants_by_person ON lesson_assistants (person_id, start_ms);
CREATE INDEX lessons_by_host ON lessons (host_classroom_id, planned_start_ms);
CREATE INDEX lessons_by_teacher ON lessons (teacher_id, planned_start_ms);
