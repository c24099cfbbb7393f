//! What a program needs to know to talk to the fakes.

use crate::{FakePlatforms, Service};

impl FakePlatforms {
    /// Names and values of the settings with which Signal uses the fakes instead of the real services.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let (spotify, tidal) = (self.url(Service::Spotify), self.url(Service::Tidal));
        let (listenbrainz, lastfm) = (self.url(Service::ListenBrainz), self.url(Service::LastFm));
        let apple = self.url(Service::Apple);
        self.with(|state| {
            vec![
                ("SIGNAL_SPOTIFY_CLIENT_ID", state.spotify.oauth.client_id.clone()),
                ("SIGNAL_SPOTIFY_ACCOUNTS_URL", spotify.clone()),
                ("SIGNAL_SPOTIFY_API_URL", format!("{spotify}/v1")),
                ("SIGNAL_LISTENBRAINZ_API_URL", listenbrainz),
                ("SIGNAL_LASTFM_API_KEY", state.lastfm.api_key.clone()),
                ("SIGNAL_LASTFM_SECRET", state.lastfm.secret.clone()),
                ("SIGNAL_LASTFM_API_URL", format!("{lastfm}/2.0")),
                ("SIGNAL_LASTFM_AUTH_URL", format!("{lastfm}/auth")),
                ("SIGNAL_TIDAL_CLIENT_ID", state.tidal.oauth.client_id.clone()),
                ("SIGNAL_TIDAL_LOGIN_URL", tidal.clone()),
                ("SIGNAL_TIDAL_TOKEN_URL", format!("{tidal}/v1/oauth2/token")),
                ("SIGNAL_TIDAL_API_URL", format!("{tidal}/v2")),
                ("SIGNAL_APPLE_TEAM_ID", state.apple.team_id.clone()),
                ("SIGNAL_APPLE_KEY_ID", state.apple.key_id.clone()),
                ("SIGNAL_APPLE_KEY", state.apple.key.clone()),
                ("SIGNAL_APPLE_API_URL", format!("{apple}/v1")),
            ]
        })
    }
}
