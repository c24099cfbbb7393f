//! The music of the community: scenes, their artists, and songs of known quality.

use super::dice::Dice;
use super::names::Names;

/// A scene is a genre and the people around it.
const SCENES: &[&str] = &[
    "shoegaze",
    "dub",
    "techno",
    "post-rock",
    "bossa nova",
    "drum and bass",
    "ambient",
    "soul",
    "math rock",
    "house",
    "bluegrass",
    "trip hop",
    "black metal",
    "dream pop",
    "afrobeat",
    "synth-pop",
    "folk rock",
    "hard bop",
    "hip hop",
    "krautrock",
    "ska",
    "doom metal",
    "chamber pop",
    "flamenco",
];
const ARTISTS_PER_SCENE: usize = 40;
const SONGS_PER_ARTIST: usize = 6;
/// People that a scene needs to be one.
const PEOPLE_PER_SCENE: usize = 20;

/// An invented artist.
#[derive(Debug, Clone)]
pub(super) struct SceneArtist {
    pub(super) name: String,
    pub(super) scene: usize,
}

/// An invented song.
#[derive(Debug, Clone)]
pub(super) struct Song {
    pub(super) artist: usize,
    pub(super) title: String,
    /// What most people would think of it, in [0, 1]. Nobody inside the simulation is told.
    pub(super) quality: f64,
}

/// Everything that can be played.
#[derive(Debug, Clone)]
pub(super) struct Catalogue {
    scenes: usize,
    artists: Vec<SceneArtist>,
    songs: Vec<Song>,
}

impl Catalogue {
    /// The music of a community of so many people.
    pub(super) fn new(people: usize, dice: &mut Dice) -> Self {
        let scenes = (people / PEOPLE_PER_SCENE).clamp(4, SCENES.len());
        let mut names = Names::default();
        let mut catalogue = Self { scenes, artists: Vec::new(), songs: Vec::new() };
        for scene in 0..scenes {
            for _ in 0..ARTISTS_PER_SCENE {
                let name = names.artist(dice);
                let artist = catalogue.artists.len();
                for _ in 0..SONGS_PER_ARTIST {
                    let title = names.title(dice, &name);
                    catalogue.songs.push(Song { artist, title, quality: dice.unit() });
                }
                catalogue.artists.push(SceneArtist { name, scene });
            }
        }
        catalogue
    }

    /// How many scenes there are.
    pub(super) fn scenes(&self) -> usize {
        self.scenes
    }

    /// The genre of a scene.
    pub(super) fn genre(scene: usize) -> &'static str {
        SCENES.get(scene).copied().unwrap_or("rock")
    }

    /// All artists with their numbers.
    pub(super) fn artists(&self) -> impl Iterator<Item = (usize, &SceneArtist)> {
        self.artists.iter().enumerate()
    }

    /// An artist by number.
    pub(super) fn artist(&self, artist: usize) -> Option<&SceneArtist> {
        self.artists.get(artist)
    }

    /// A song by number.
    pub(super) fn song(&self, song: usize) -> Option<&Song> {
        self.songs.get(song)
    }

    /// The scene of a song.
    pub(super) fn scene_of(&self, song: usize) -> usize {
        self.song(song).and_then(|song| self.artist(song.artist)).map_or(0, |artist| artist.scene)
    }

    /// One of the artists of a scene; the first of them are the famous ones.
    pub(super) fn artist_in(scene: usize, dice: &mut Dice) -> usize {
        scene * ARTISTS_PER_SCENE + dice.popular(ARTISTS_PER_SCENE)
    }

    /// One of the songs of an artist.
    pub(super) fn song_of(artist: usize, dice: &mut Dice) -> usize {
        artist * SONGS_PER_ARTIST + dice.below(SONGS_PER_ARTIST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taste::genres;

    #[test]
    fn every_scene_is_a_genre_we_know() {
        for scene in SCENES {
            assert_eq!(genres::resolve(scene).map(genres::Genre::name), Some(*scene));
        }
    }

    #[test]
    fn songs_belong_to_the_scene_of_their_artist() {
        let mut dice = Dice::new(1, 1);
        let catalogue = Catalogue::new(120, &mut dice);
        assert_eq!(catalogue.scenes(), 6);
        for scene in 0..catalogue.scenes() {
            let artist = Catalogue::artist_in(scene, &mut dice);
            let song = Catalogue::song_of(artist, &mut dice);
            assert_eq!(catalogue.song(song).map(|song| song.artist), Some(artist));
            assert_eq!(catalogue.scene_of(song), scene);
        }
    }
}
