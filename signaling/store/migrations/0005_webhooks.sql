-- Tokens of calendar feeds, and events told to other services.

-- A feed is read as the person who made its token, for as long as that person may see it. Of the token only the hash is kept.
CREATE TABLE feed_tokens (
    token_hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('people', 'classrooms', 'schools')),
    thing_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    made_ms BIGINT NOT NULL
);

CREATE UNIQUE INDEX feed_tokens_by_feed ON feed_tokens (person_id, kind, thing_id);

CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    -- Of which schools events are told; NULL: of all.
    region_id TEXT REFERENCES regions (id),
    url TEXT NOT NULL,
    -- Words apart by commas.
    events TEXT NOT NULL,
    active BIGINT NOT NULL,
    -- What is told is signed with it: it lets nobody in here.
    secret TEXT NOT NULL DEFAULT '',
    created_ms BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);

-- What happened in a lesson and was not yet made into deliveries.
CREATE TABLE lesson_events (
    id TEXT PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    event TEXT NOT NULL,
    lesson_id TEXT NOT NULL,
    classroom_id TEXT
);

CREATE INDEX lesson_events_by_time ON lesson_events (at_ms, id);

CREATE TABLE webhook_deliveries (
    id TEXT PRIMARY KEY,
    webhook_id TEXT NOT NULL REFERENCES webhooks (id),
    event TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts BIGINT NOT NULL DEFAULT 0,
    -- Of the last attempt: the status that was answered, or why there was none.
    status BIGINT,
    error TEXT,
    -- When it is tried next; of no meaning once it does not wait.
    next_ms BIGINT NOT NULL,
    done_ms BIGINT
);

CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, at_ms, id);
CREATE INDEX webhook_deliveries_by_next ON webhook_deliveries (state, webhook_id, next_ms);
