//! Why two people match, in facts that can be said.

use serde::{Deserialize, Serialize};

use crate::model::{ArtistId, UserId};
use crate::taste::SharedArtist;
use crate::trust::TrustPath;

/// One reason for a match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// The viewer's trust carries to the other.
    Trust {
        /// The product of the weights, in (0, 1].
        strength: f64,
        /// Edges on the path; 1 is the viewer's own trust.
        hops: usize,
        /// The people on the path, both ends included; empty where an edge on it is private.
        users: Vec<UserId>,
    },
    /// Both play an artist.
    Artist {
        /// Whom.
        artist: ArtistId,
        /// The viewer's plays.
        plays_a: u64,
        /// The other's plays.
        plays_b: u64,
    },
    /// Both are at home in a genre.
    Genre {
        /// Its name.
        name: String,
        /// The smaller of the two confidences, in [0, 1].
        confidence: f64,
    },
    /// The other's taste is not visible to the viewer: all that may be said.
    SimilarTaste,
}

/// What two people share; the artists and the genres best first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shared<'a> {
    /// The strongest path from the viewer to the other.
    pub path: Option<&'a TrustPath>,
    /// Artists of both.
    pub artists: &'a [SharedArtist],
    /// Genres of both, with the smaller confidence.
    pub genres: &'a [(String, f64)],
}

/// The reasons that the viewer, who stands at the beginning of the path, may be told: trust first, then artists, then
/// genres.
///
/// Where the other's taste is not visible, artists and genres shrink to [`Reason::SimilarTaste`] and the path is left
/// out with the other parts. An edge of the path is the secret of the one who trusts: `sees_trust_of` says whose edges
/// the viewer may see (the viewer's own always count as seen), and one hidden edge hides who is on the way.
pub fn reasons(
    shared: &Shared<'_>,
    taste_visible: bool,
    sees_trust_of: &dyn Fn(UserId) -> bool,
) -> Vec<Reason> {
    if !taste_visible {
        let alike = !(shared.artists.is_empty() && shared.genres.is_empty());
        return if alike { vec![Reason::SimilarTaste] } else { Vec::new() };
    }
    let trust = shared.path.map(|path| trusted(path, sees_trust_of));
    let artists = shared.artists.iter().map(|shared| Reason::Artist {
        artist: shared.artist,
        plays_a: shared.plays_a,
        plays_b: shared.plays_b,
    });
    let genres = shared
        .genres
        .iter()
        .map(|(name, confidence)| Reason::Genre { name: name.clone(), confidence: *confidence });
    trust.into_iter().chain(artists).chain(genres).collect()
}

fn trusted(path: &TrustPath, sees_trust_of: &dyn Fn(UserId) -> bool) -> Reason {
    let hops = path.users.len().saturating_sub(1);
    // The first one is the viewer, the last one trusts nobody on this path.
    let seen = path.users.iter().take(hops).skip(1).all(|user| sees_trust_of(*user));
    Reason::Trust { strength: path.strength, hops, users: if seen { path.users.clone() } else { Vec::new() } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn user(n: u8) -> UserId {
        UserId::new(Timestamp::from_seconds(1), [n; 10])
    }

    fn told(taste_visible: bool, sees_trust_of: &dyn Fn(UserId) -> bool) -> Vec<Reason> {
        let path = TrustPath {
            strength: 0.5,
            product: 5_000_000_000_000_000,
            users: vec![user(1), user(2), user(3)],
        };
        let artist = ArtistId::new(Timestamp::from_seconds(2), [1; 10]);
        let artists = [SharedArtist { artist, plays_a: 9, plays_b: 99, weight: 9.0 }];
        let genres = [("jazz".to_owned(), 0.5)];
        let shared = Shared { path: Some(&path), artists: &artists, genres: &genres };
        reasons(&shared, taste_visible, sees_trust_of)
    }

    #[test]
    fn a_path_names_its_people_only_when_every_edge_on_it_is_open() {
        let path = |reasons: Vec<Reason>| match reasons.into_iter().next() {
            Some(Reason::Trust { hops, users, .. }) => (hops, users),
            other => panic!("{other:?}"),
        };
        assert_eq!(path(told(true, &|person| person == user(2))), (2, vec![user(1), user(2), user(3)]));
        assert_eq!(path(told(true, &|person| person != user(2))), (2, Vec::new()));
    }

    #[test]
    fn hidden_taste_leaves_one_word() {
        assert_eq!(told(false, &|_| true), [Reason::SimilarTaste]);
        assert_eq!(reasons(&Shared::default(), false, &|_| true), []);
        let kinds: Vec<String> = told(true, &|_| true)
            .iter()
            .map(|reason| serde_json::to_value(reason).unwrap()["kind"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(kinds, ["trust", "artist", "genre"]);
    }
}
