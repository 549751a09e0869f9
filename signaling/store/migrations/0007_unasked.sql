-- The seconds of a minute in which no media was asked of the participant, as bits. Of minutes from before it is not known: something was asked all along.
ALTER TABLE media_minutes ADD COLUMN unasked_bits BIGINT NOT NULL DEFAULT 0;
