//! Which services a program can use, from its settings.
//!
//! A service is there when what it needs is set; the addresses have the real services as their defaults, and name the fakes in
//! development.
//!
//! | setting | for |
//! |---|---|
//! | `SIGNAL_SPOTIFY_CLIENT_ID` | Spotify: the app's client id |
//! | `SIGNAL_TIDAL_CLIENT_ID` | Tidal: the app's client id |
//! | `SIGNAL_LASTFM_API_KEY`, `SIGNAL_LASTFM_SECRET` | Last.fm: the program's key and secret |
//! | `SIGNAL_APPLE_TEAM_ID`, `SIGNAL_APPLE_KEY_ID`, `SIGNAL_APPLE_KEY` | Apple Music: the developer's team, key name, and key in PEM |
//! | `SIGNAL_SPOTIFY_ACCOUNTS_URL`, `SIGNAL_SPOTIFY_API_URL`, `SIGNAL_TIDAL_LOGIN_URL`, `SIGNAL_TIDAL_TOKEN_URL`, `SIGNAL_TIDAL_API_URL`, `SIGNAL_LASTFM_API_URL`, `SIGNAL_LASTFM_AUTH_URL`, `SIGNAL_LISTENBRAINZ_API_URL`, `SIGNAL_APPLE_API_URL` | other addresses |
//!
//! ListenBrainz needs nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use signal_core::host::Host;
use signal_core::platform::Platform;

use crate::http::SetupError;

/// Services by the name that [`Platform::name`] gives.
pub type Platforms = BTreeMap<&'static str, Arc<dyn Platform>>;

/// What a service needs before it can be used, for those of this build.
pub const NEEDED: &[(&str, &[&str])] = &[
    #[cfg(feature = "apple_music")]
    ("apple", &["SIGNAL_APPLE_TEAM_ID", "SIGNAL_APPLE_KEY_ID", "SIGNAL_APPLE_KEY"]),
    #[cfg(feature = "lastfm")]
    ("lastfm", &["SIGNAL_LASTFM_API_KEY", "SIGNAL_LASTFM_SECRET"]),
    #[cfg(feature = "listenbrainz")]
    ("listenbrainz", &[]),
    #[cfg(feature = "spotify")]
    ("spotify", &["SIGNAL_SPOTIFY_CLIENT_ID"]),
    #[cfg(feature = "tidal")]
    ("tidal", &["SIGNAL_TIDAL_CLIENT_ID"]),
];

/// Replaces an address where the settings name another.
#[cfg(any(
    feature = "apple_music",
    feature = "lastfm",
    feature = "listenbrainz",
    feature = "spotify",
    feature = "tidal"
))]
fn replace(address: &mut String, set: Option<String>) {
    if let Some(set) = set {
        *address = set;
    }
}

/// Every service of this build whose needs are set. `setting` gives the value of a setting, such as an environment variable.
///
/// ```
/// # #[cfg(all(feature = "host", feature = "spotify", feature = "listenbrainz"))] {
/// # use std::sync::Arc;
/// # use signal_adapters::{SystemHost, platforms};
/// let set = |name: &str| (name == "SIGNAL_SPOTIFY_CLIENT_ID").then(|| "0a1b2c".to_owned());
/// let platforms = platforms::configured(&set, &(Arc::new(SystemHost::new()) as _))?;
/// assert!(platforms.keys().eq(["listenbrainz", "spotify"].iter()));
/// # }
/// # Ok::<(), signal_adapters::http::SetupError>(())
/// ```
#[cfg_attr(
    not(any(
        feature = "apple_music",
        feature = "lastfm",
        feature = "listenbrainz",
        feature = "spotify",
        feature = "tidal"
    )),
    expect(unused_variables, unused_mut, reason = "no service is in this build")
)]
pub fn configured(
    setting: &dyn Fn(&str) -> Option<String>,
    host: &Arc<dyn Host>,
) -> Result<Platforms, SetupError> {
    let mut platforms = Platforms::new();
    #[cfg(feature = "spotify")]
    if let Some(client_id) = setting("SIGNAL_SPOTIFY_CLIENT_ID") {
        let mut config = crate::spotify::SpotifyConfig::new(client_id);
        replace(&mut config.accounts_url, setting("SIGNAL_SPOTIFY_ACCOUNTS_URL"));
        replace(&mut config.api_url, setting("SIGNAL_SPOTIFY_API_URL"));
        platforms.insert("spotify", Arc::new(crate::spotify::Spotify::new(&config, Arc::clone(host))?));
    }
    #[cfg(feature = "listenbrainz")]
    {
        let mut config = crate::listenbrainz::ListenBrainzConfig::default();
        replace(&mut config.api_url, setting("SIGNAL_LISTENBRAINZ_API_URL"));
        let adapter = crate::listenbrainz::ListenBrainz::new(&config, Arc::clone(host))?;
        platforms.insert("listenbrainz", Arc::new(adapter));
    }
    #[cfg(feature = "lastfm")]
    if let (Some(key), Some(secret)) = (setting("SIGNAL_LASTFM_API_KEY"), setting("SIGNAL_LASTFM_SECRET")) {
        let mut config = crate::lastfm::LastFmConfig::new(key, signal_core::platform::Secret::new(secret));
        replace(&mut config.api_url, setting("SIGNAL_LASTFM_API_URL"));
        replace(&mut config.auth_url, setting("SIGNAL_LASTFM_AUTH_URL"));
        platforms.insert("lastfm", Arc::new(crate::lastfm::LastFm::new(&config, Arc::clone(host))?));
    }
    #[cfg(feature = "tidal")]
    if let Some(client_id) = setting("SIGNAL_TIDAL_CLIENT_ID") {
        let mut config = crate::tidal::TidalConfig::new(client_id);
        replace(&mut config.login_url, setting("SIGNAL_TIDAL_LOGIN_URL"));
        replace(&mut config.token_url, setting("SIGNAL_TIDAL_TOKEN_URL"));
        replace(&mut config.api_url, setting("SIGNAL_TIDAL_API_URL"));
        platforms.insert("tidal", Arc::new(crate::tidal::Tidal::new(&config, Arc::clone(host))?));
    }
    #[cfg(feature = "apple_music")]
    if let (Some(team), Some(name), Some(key)) =
        (setting("SIGNAL_APPLE_TEAM_ID"), setting("SIGNAL_APPLE_KEY_ID"), setting("SIGNAL_APPLE_KEY"))
    {
        let key = signal_core::platform::Secret::new(key);
        let mut config = crate::apple_music::AppleMusicConfig::new(team, name, key);
        replace(&mut config.api_url, setting("SIGNAL_APPLE_API_URL"));
        platforms.insert("apple", Arc::new(crate::apple_music::AppleMusic::new(&config, Arc::clone(host))?));
    }
    Ok(platforms)
}
