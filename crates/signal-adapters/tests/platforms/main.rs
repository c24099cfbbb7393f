//! The adapters of streaming services against the fakes: what they tell, and every quirk of the real ones that is known.

mod apple;
mod capabilities;
mod consent;
mod documented;
mod faults;
mod http;
mod lastfm;
mod listenbrainz;
mod openapi;
mod published;
mod required;
mod secrets;
mod spotify;
mod tidal;
#[cfg(feature = "vault")]
mod watch;
mod world;
