-- Everything Signal keeps. Ids are 16-byte blobs, hashes 32-byte blobs, times whole microseconds since 1970 UTC.

-- The ledger. `leaf`, `body` and `state` are JSON, readable with any SQLite shell; the two tables that hold them
-- are not STRICT, so that a repair by hand may write text where this code writes blobs.

CREATE TABLE head (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    size     INTEGER NOT NULL,
    last_at  INTEGER,
    frontier BLOB NOT NULL
) STRICT;

CREATE TABLE entries (
    position INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    leaf     BLOB NOT NULL,
    body     BLOB,
    salt     BLOB
);
CREATE INDEX entries_by_time ON entries (at);

CREATE TABLE entry_streams (
    stream   TEXT NOT NULL,
    version  INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (stream, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_streams_by_position ON entry_streams (position);

CREATE TABLE entry_people (
    user     BLOB NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (user, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_people_by_position ON entry_people (position);

CREATE TABLE nodes (
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    hash  BLOB NOT NULL,
    PRIMARY KEY (level, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE streams (
    stream  TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state   BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE epoch_tables (
    hash  BLOB PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

-- What lies beside the ledger and can be erased.

CREATE TABLE keys (
    key   TEXT PRIMARY KEY,
    owner BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_by_owner ON keys (owner);

-- `words` is `text` as search sees it: normalised, one blank between words.
CREATE TABLE docs (
    row    INTEGER PRIMARY KEY,
    kind   TEXT NOT NULL,
    id     BLOB NOT NULL,
    owner  BLOB,
    parent BLOB,
    at     INTEGER NOT NULL,
    text   TEXT NOT NULL,
    words  TEXT NOT NULL,
    UNIQUE (kind, id)
) STRICT;
CREATE INDEX docs_by_owner ON docs (owner) WHERE owner IS NOT NULL;
CREATE INDEX docs_by_parent ON docs (parent, kind, at, id) WHERE parent IS NOT NULL;

-- Every character of `words` but the blank belongs to a word: the text was taken apart before it came here.
CREATE VIRTUAL TABLE docs_fts USING fts5 (
    words,
    content = 'docs',
    content_rowid = 'row',
    tokenize = "ascii tokenchars '!""#$%&''()*+,-./:;<=>?@[\]^_`{|}~'"
);
-- A deleted word leaves the index's segments at once, not at their next merge.
INSERT INTO docs_fts (docs_fts, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER docs_added AFTER INSERT ON docs BEGIN
    INSERT INTO docs_fts (rowid, words) VALUES (new.row, new.words);
END;
CREATE TRIGGER docs_deleted AFTER DELETE ON docs BEGIN
    INSERT INTO docs_fts (docs_fts, rowid, words) VALUES ('delete', old.row, old.words);
END;
CREATE TRIGGER docs_changed AFTER UPDATE OF row, words ON docs BEGIN
    INSERT INTO docs_fts (docs_fts, rowid, words) VALUES ('delete', old.row, old.words);
    INSERT INTO docs_fts (rowid, words) VALUES (new.row, new.words);
END;

CREATE TABLE edges (
    from_user BLOB NOT NULL,
    to_user   BLOB NOT NULL,
    weight    INTEGER NOT NULL,
    PRIMARY KEY (from_user, to_user)
) STRICT, WITHOUT ROWID;
CREATE INDEX edges_by_target ON edges (to_user, from_user);

CREATE TABLE seats (
    circle BLOB NOT NULL,
    user   BLOB NOT NULL,
    role   INTEGER NOT NULL,
    PRIMARY KEY (circle, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX seats_by_user ON seats (user, circle);

CREATE TABLE dials (
    user    BLOB PRIMARY KEY,
    history INTEGER NOT NULL,
    taste   INTEGER NOT NULL,
    trust   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The catalogue: an item without an artist is an artist.

CREATE TABLE items (
    id     BLOB PRIMARY KEY,
    artist BLOB,
    name   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE item_claims (
    claim TEXT PRIMARY KEY,
    item  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX item_claims_by_item ON item_claims (item);

CREATE TABLE artist_genres (
    artist BLOB NOT NULL,
    genre  TEXT NOT NULL,
    weight REAL NOT NULL,
    PRIMARY KEY (artist, genre)
) STRICT, WITHOUT ROWID;

-- What people play and were shown.

CREATE TABLE listens (
    user      BLOB NOT NULL,
    track     BLOB NOT NULL,
    start     INTEGER NOT NULL,
    exactness INTEGER NOT NULL,
    played_ms INTEGER,
    source    TEXT NOT NULL,
    PRIMARY KEY (user, track, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX listens_newest_first ON listens (user, start DESC, track);

-- `kind` is 0 for an artist and 1 for a track; without a span, `spanned` and both ends are 0.
CREATE TABLE play_counts (
    user      BLOB NOT NULL,
    kind      INTEGER NOT NULL,
    item      BLOB NOT NULL,
    source    TEXT NOT NULL,
    spanned   INTEGER NOT NULL,
    span_from INTEGER NOT NULL,
    span_to   INTEGER NOT NULL,
    plays     INTEGER NOT NULL,
    PRIMARY KEY (user, kind, item, source, spanned, span_from, span_to)
) STRICT, WITHOUT ROWID;

CREATE TABLE seen (
    user    BLOB NOT NULL,
    drop_id BLOB NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (user, drop_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_by_drop ON seen (drop_id, at);

-- Profiles, jobs and the vault. `vector` is 32-bit floats, little-endian.

CREATE TABLE profiles (
    user     BLOB PRIMARY KEY,
    model    TEXT NOT NULL,
    trained  INTEGER NOT NULL,
    vector   BLOB NOT NULL,
    genres   TEXT NOT NULL,
    hours    REAL NOT NULL,
    plays    INTEGER NOT NULL,
    built_at INTEGER NOT NULL
) STRICT;

CREATE TABLE states (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE leases (
    job    TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
    user     BLOB NOT NULL,
    platform TEXT NOT NULL,
    field    TEXT NOT NULL,
    value    BLOB NOT NULL,
    PRIMARY KEY (user, platform, field)
) STRICT, WITHOUT ROWID;
