-- The lines of a person, of a kind and of a thing are found without looking at all others.
DROP INDEX audit_by_thing;
CREATE INDEX audit_by_thing ON audit (thing_id, thing, at_ms);
CREATE INDEX audit_by_kind ON audit (thing, at_ms, id);
CREATE INDEX audit_by_person ON audit (person_id, at_ms, id);
