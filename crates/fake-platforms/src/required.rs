//! The fields that the real services always send, as JSON pointers below each answer. No machine-readable description of all
//! five can be had, so these lists are ours; the tests hold the fakes against them.

/// `GET /v1/me/player/recently-played` of Spotify.
pub const SPOTIFY_RECENT: &[&str] = &[
    "/href",
    "/limit",
    "/next",
    "/cursors/after",
    "/cursors/before",
    "/items/0/track/id",
    "/items/0/track/name",
    "/items/0/track/uri",
    "/items/0/track/type",
    "/items/0/track/duration_ms",
    "/items/0/track/explicit",
    "/items/0/track/is_local",
    "/items/0/track/external_ids/isrc",
    "/items/0/track/artists/0/name",
    "/items/0/track/artists/0/id",
    "/items/0/track/album/name",
    "/items/0/track/album/release_date_precision",
    "/items/0/played_at",
    "/items/0/context",
];

/// An answer with tokens, of Spotify and Tidal.
pub const TOKEN: &[&str] = &["/access_token", "/token_type", "/expires_in", "/scope"];

/// `GET /1/user/NAME/listens` of ListenBrainz.
pub const LISTENBRAINZ_LISTENS: &[&str] = &[
    "/payload/count",
    "/payload/user_id",
    "/payload/latest_listen_ts",
    "/payload/oldest_listen_ts",
    "/payload/listens/0/inserted_at",
    "/payload/listens/0/listened_at",
    "/payload/listens/0/recording_msid",
    "/payload/listens/0/user_name",
    "/payload/listens/0/track_metadata/artist_name",
    "/payload/listens/0/track_metadata/track_name",
    "/payload/listens/0/track_metadata/additional_info",
];

/// `GET /1/NAME/pins` of ListenBrainz.
pub const LISTENBRAINZ_PINS: &[&str] = &[
    "/count",
    "/offset",
    "/total_count",
    "/user_name",
    "/pinned_recordings/0/row_id",
    "/pinned_recordings/0/created",
    "/pinned_recordings/0/pinned_until",
    "/pinned_recordings/0/recording_msid",
    "/pinned_recordings/0/recording_mbid",
    "/pinned_recordings/0/blurb_content",
    "/pinned_recordings/0/track_metadata/artist_name",
    "/pinned_recordings/0/track_metadata/track_name",
];

/// `user.getRecentTracks` of Last.fm.
pub const LASTFM_RECENT: &[&str] = &[
    "/recenttracks/@attr/user",
    "/recenttracks/@attr/page",
    "/recenttracks/@attr/perPage",
    "/recenttracks/@attr/total",
    "/recenttracks/@attr/totalPages",
    "/recenttracks/track/0/name",
    "/recenttracks/track/0/url",
    "/recenttracks/track/0/mbid",
    "/recenttracks/track/0/artist/#text",
    "/recenttracks/track/0/album/#text",
    "/recenttracks/track/0/streamable",
    "/recenttracks/track/0/date/uts",
];

/// Saved tracks of Tidal, with `include=items,items.artists`.
pub const TIDAL_SAVED: &[&str] = &[
    "/data/0/id",
    "/data/0/type",
    "/data/0/meta/addedAt",
    "/links/self",
    "/included/0/id",
    "/included/0/type",
    "/included/0/attributes/title",
    "/included/0/attributes/isrc",
    "/included/0/attributes/duration",
    "/included/0/attributes/explicit",
    "/included/0/attributes/popularity",
    "/included/0/attributes/key",
    "/included/0/attributes/keyScale",
    "/included/0/attributes/mediaTags",
];

/// `GET /v1/me/recent/played/tracks` of Apple Music.
pub const APPLE_RECENT: &[&str] = &[
    "/data/0/id",
    "/data/0/type",
    "/data/0/attributes/name",
    "/data/0/attributes/artistName",
    "/data/0/attributes/albumName",
    "/data/0/attributes/durationInMillis",
    "/data/0/attributes/genreNames",
    "/data/0/attributes/playParams/id",
];

/// What of a list an answer lacks.
pub fn missing<'a>(answer: &serde_json::Value, required: &[&'a str]) -> Vec<&'a str> {
    required.iter().copied().filter(|pointer| answer.pointer(pointer).is_none()).collect()
}
