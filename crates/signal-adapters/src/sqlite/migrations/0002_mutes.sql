-- Some files got this table while it was part of the first step, so it may be there.

-- Whom people do not want to hear of.
CREATE TABLE IF NOT EXISTS mutes (
    user   BLOB NOT NULL,
    target BLOB NOT NULL,
    PRIMARY KEY (user, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS mutes_by_target ON mutes (target, user);
