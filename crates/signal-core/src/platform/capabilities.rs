//! What a service can do.

/// What a service can do. Callers ask here first; nobody guesses from a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct PlatformCapabilities {
    /// The person comes back to an address of ours, so there has to be one before they are sent away.
    pub needs_redirect: bool,
    /// They may bring a token instead: without an address the service asks for one.
    pub takes_token: bool,
    /// Permissions run out and can be renewed without the person.
    pub refresh: bool,
    /// It can be asked for what a person played.
    pub history: bool,
    /// Seconds after which it is worth asking again what somebody plays who is listening. No plays may get lost by that; where
    /// it has no history it means nothing.
    pub poll_seconds: u32,
    /// It says when each play began. Where it does not, starts are estimates, and the same plays asked for again may have
    /// others.
    pub exact_times: bool,
    /// It can look a track up by its own id.
    pub track: bool,
    /// It can look a track up by ISRC.
    pub isrc: bool,
    /// Its tracks carry genres.
    pub genres: bool,
    /// It knows whom a person follows.
    pub follows: bool,
    /// It can be asked which tracks a person saved or pinned.
    pub saved: bool,
}
