//! Five streaming services on loopback, for the development and the tests of Signal.
//!
//! One server plays Spotify (`/spotify`), Apple Music (`/apple`), Tidal (`/tidal`), ListenBrainz (`/listenbrainz`) and Last.fm
//! (`/lastfm`), each with one account. It keeps state: what was issued, saved and played. Its clock is set by hand or by the
//! [`FakeHost`] that shares it, and every quirk of the real services that Signal knows can be switched on.
//!
//! Nothing here is for use beyond this machine: whoever visits a page of consent has agreed.

mod apple;
mod catalogue;
mod fault;
mod host;
mod lastfm;
mod listenbrainz;
mod oauth;
mod reply;
pub mod required;
mod server;
mod settings;
mod spotify;
mod state;
mod tidal;

pub use apple::Apple;
pub use catalogue::{Song, songs};
pub use fault::{Fault, Quota};
pub use host::FakeHost;
pub use lastfm::{LastFm, Scrobble};
pub use listenbrainz::{ListenBrainz, ListenRow, PinRow};
pub use oauth::OAuth;
pub use server::FakePlatforms;
pub use spotify::{Spotify, SpotifyPlay};
pub use state::{Answered, Recorded, Service, State};
pub use tidal::Tidal;
