-- Everything Signal keeps. Hashes are 32 bytes, times whole microseconds since 1970 UTC. Texts that are sorted or paged
-- have the collation "C": the order of their bytes, which is Rust's, whatever the database's language is.

-- The ledger. `leaf`, `body` and `state` are JSON in exact bytes: convert_from(leaf, 'UTF8')::json reads them.

-- One row: whoever appends locks it first.
CREATE TABLE head (
    one      int2 PRIMARY KEY CHECK (one = 1),
    size     int8 NOT NULL,
    last_at  int8,
    frontier bytea NOT NULL
) WITH (fillfactor = 10);
INSERT INTO head VALUES (1, 0, NULL, '');

CREATE TABLE entries (
    position int8 PRIMARY KEY,
    at       int8 NOT NULL,
    leaf     bytea NOT NULL,
    body     bytea,
    salt     bytea
);
CREATE INDEX entries_by_time ON entries (at, position);

CREATE TABLE entry_streams (
    stream   text COLLATE "C" NOT NULL,
    version  int8 NOT NULL,
    position int8 NOT NULL,
    PRIMARY KEY (stream, version)
);
CREATE INDEX entry_streams_by_position ON entry_streams (position);

CREATE TABLE entry_people (
    user_id  uuid NOT NULL,
    position int8 NOT NULL,
    PRIMARY KEY (user_id, position)
);
CREATE INDEX entry_people_by_position ON entry_people (position);

CREATE TABLE nodes (
    level int2 NOT NULL,
    place int8 NOT NULL,
    hash  bytea NOT NULL,
    PRIMARY KEY (level, place)
);

CREATE TABLE streams (
    stream  text COLLATE "C" PRIMARY KEY,
    version int8 NOT NULL,
    state   bytea NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE epoch_tables (
    hash  bytea PRIMARY KEY,
    bytes bytea NOT NULL
);

-- What lies beside the ledger and can be erased.

CREATE TABLE keys (
    key   text COLLATE "C" PRIMARY KEY,
    owner uuid NOT NULL
);
CREATE INDEX keys_by_owner ON keys (owner);

-- `words` is `text` as search sees it: the core's words with their places, not those of a parser of PostgreSQL's.
CREATE TABLE docs (
    kind   text COLLATE "C" NOT NULL,
    id     uuid NOT NULL,
    owner  uuid,
    parent uuid,
    at     int8 NOT NULL,
    text   text NOT NULL,
    words  tsvector NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX docs_by_owner ON docs (owner) WHERE owner IS NOT NULL;
CREATE INDEX docs_by_parent ON docs (parent, kind, at, id) WHERE parent IS NOT NULL;
CREATE INDEX docs_by_word ON docs USING gin (words) WITH (fastupdate = off);
-- The planner's samples would keep what people wrote after they left.
ALTER TABLE docs ALTER COLUMN text SET STATISTICS 0, ALTER COLUMN words SET STATISTICS 0;
ALTER TABLE entries ALTER COLUMN body SET STATISTICS 0;

CREATE TABLE edges (
    from_user uuid NOT NULL,
    to_user   uuid NOT NULL,
    weight    int2 NOT NULL,
    PRIMARY KEY (from_user, to_user)
);
CREATE INDEX edges_by_target ON edges (to_user, from_user);

CREATE TABLE seats (
    circle  uuid NOT NULL,
    user_id uuid NOT NULL,
    role    int2 NOT NULL,
    PRIMARY KEY (circle, user_id)
);
CREATE INDEX seats_by_user ON seats (user_id, circle);

CREATE TABLE dials (
    user_id uuid PRIMARY KEY,
    history int2 NOT NULL,
    taste   int2 NOT NULL,
    trust   int2 NOT NULL
);

-- The catalogue: an item without an artist is an artist.

CREATE TABLE items (
    id     uuid PRIMARY KEY,
    artist uuid,
    name   text NOT NULL
);

CREATE TABLE item_claims (
    claim text COLLATE "C" PRIMARY KEY,
    item  uuid NOT NULL
);
CREATE INDEX item_claims_by_item ON item_claims (item);

CREATE TABLE artist_genres (
    artist uuid NOT NULL,
    genre  text COLLATE "C" NOT NULL,
    weight float8 NOT NULL,
    PRIMARY KEY (artist, genre)
);

-- Tracks that are read as others. Undoing a merge deletes its row and leaves everything else as it was.
CREATE TABLE merges (
    track      uuid PRIMARY KEY,
    into_track uuid NOT NULL,
    why        text NOT NULL,
    at         int8 NOT NULL
);
CREATE INDEX merges_by_target ON merges (into_track);

-- What people play and were shown, and whom they do not want to hear of.

-- One partition a month; what no month has lies in the rest.
CREATE TABLE listens (
    user_id   uuid NOT NULL,
    track     uuid NOT NULL,
    start     int8 NOT NULL,
    exactness int2 NOT NULL,
    played_ms int8,
    source    text NOT NULL,
    PRIMARY KEY (user_id, track, start)
) PARTITION BY RANGE (start);
CREATE INDEX listens_newest_first ON listens (user_id, start DESC, track);
CREATE TABLE listens_rest PARTITION OF listens DEFAULT;

-- `kind` is 0 for an artist and 1 for a track; without a span, both ends are 0.
CREATE TABLE play_counts (
    user_id   uuid NOT NULL,
    kind      int2 NOT NULL,
    item      uuid NOT NULL,
    source    text COLLATE "C" NOT NULL,
    spanned   bool NOT NULL,
    span_from int8 NOT NULL,
    span_to   int8 NOT NULL,
    plays     int8 NOT NULL,
    PRIMARY KEY (user_id, kind, item, source, spanned, span_from, span_to)
);

CREATE TABLE seen (
    user_id uuid NOT NULL,
    drop_id uuid NOT NULL,
    at      int8 NOT NULL,
    PRIMARY KEY (user_id, drop_id)
);
CREATE INDEX seen_by_drop ON seen (drop_id, at);

CREATE TABLE mutes (
    user_id uuid NOT NULL,
    target  uuid NOT NULL,
    PRIMARY KEY (user_id, target)
);
CREATE INDEX mutes_by_target ON mutes (target, user_id);

-- Profiles, jobs and the vault.

CREATE TABLE profiles (
    user_id  uuid PRIMARY KEY,
    model    text NOT NULL,
    trained  bool NOT NULL,
    numbers  float4[] NOT NULL,
    genres   text NOT NULL,
    hours    float8 NOT NULL,
    plays    int8 NOT NULL,
    built_at int8 NOT NULL
);

CREATE TABLE states (
    name  text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL
);

CREATE TABLE leases (
    job    text COLLATE "C" PRIMARY KEY,
    holder text NOT NULL,
    until  int8 NOT NULL
);

CREATE TABLE secrets (
    user_id  uuid NOT NULL,
    platform text COLLATE "C" NOT NULL,
    field    text COLLATE "C" NOT NULL,
    value    bytea NOT NULL,
    PRIMARY KEY (user_id, platform, field)
);
