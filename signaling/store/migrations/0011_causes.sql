-- Why lessons were not delivered, in the sums too, and when each of them began: those behind a figure are listed, newest first.
ALTER TABLE delivery_sums ADD COLUMN power BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery_sums ADD COLUMN network BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery_sums ADD COLUMN absent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery_sums ADD COLUMN host BIGINT NOT NULL DEFAULT 0;
UPDATE delivery_sums SET (power, network, absent, host) = (
    SELECT COUNT(CASE WHEN d.cause = 'power' THEN 1 END), COUNT(CASE WHEN d.cause = 'network' THEN 1 END),
        COUNT(CASE WHEN d.cause = 'absent' THEN 1 END), COUNT(CASE WHEN d.cause = 'host' THEN 1 END)
    FROM deliveries d
    WHERE d.classroom_id = delivery_sums.classroom_id AND d.week = delivery_sums.week AND d.term_id = delivery_sums.term_id
        AND d.school_id = delivery_sums.school_id AND d.subject = delivery_sums.subject)
WHERE planned > delivered + cancelled;
ALTER TABLE deliveries ADD COLUMN start_ms BIGINT NOT NULL DEFAULT 0;
UPDATE deliveries SET start_ms = COALESCE((SELECT lessons.planned_start_ms FROM lessons WHERE lessons.id = deliveries.lesson_id), 0);
CREATE INDEX deliveries_by_start ON deliveries (term_id, start_ms);
CREATE INDEX deliveries_missed_by_start ON deliveries (term_id, start_ms) WHERE cause IS NOT NULL;
