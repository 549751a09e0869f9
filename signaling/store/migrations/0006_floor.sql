-- The participant that has the floor of a running lesson: the class on stage that was called on last and has not been dismissed since. Null: nobody.
ALTER TABLE lessons ADD COLUMN floor TEXT;
