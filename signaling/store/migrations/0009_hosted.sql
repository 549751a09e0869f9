-- The school that taught, as it was then: of what was decided before, as it is now. Empty: the lesson has no host classroom.
ALTER TABLE deliveries ADD COLUMN host_school_id TEXT NOT NULL DEFAULT '';
UPDATE deliveries SET host_school_id = COALESCE(
    (SELECT classrooms.school_id FROM lessons JOIN classrooms ON classrooms.id = lessons.host_classroom_id WHERE lessons.id = deliveries.lesson_id), '');
CREATE INDEX deliveries_by_host ON deliveries (term_id, host_school_id);
