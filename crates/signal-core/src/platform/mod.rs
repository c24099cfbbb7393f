//! All that the core needs of streaming platforms and of the files that people export from them.

mod record;
mod service;

pub use record::{ImportRecord, ImportedArtist};
pub use service::{
    Authorization, Coverage, History, Platform, PlatformCapabilities, PlatformError, PlatformTrack,
    PlayedTrack,
};
