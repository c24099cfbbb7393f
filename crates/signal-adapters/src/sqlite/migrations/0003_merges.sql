-- Tracks that are read as others. Undoing a merge deletes its row and leaves everything else as it was.

CREATE TABLE merges (
    track BLOB PRIMARY KEY,
    into_track BLOB NOT NULL,
    why   TEXT NOT NULL,
    at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX merges_by_target ON merges (into_track);
