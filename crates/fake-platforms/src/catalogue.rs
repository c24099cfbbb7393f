//! The songs that all five services have.

/// A song as all services know it, each under ids of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Song {
    /// Its number, of which the services' ids are made.
    pub number: u32,
    /// Who plays it.
    pub artist: String,
    /// Its title.
    pub title: String,
    /// Its album.
    pub album: String,
    /// Its recording code.
    pub isrc: String,
    /// Its length in milliseconds.
    pub length_ms: u32,
}

impl Song {
    /// The song of a number.
    pub fn new(number: u32) -> Self {
        const ARTISTS: [&str; 7] =
            ["Ada Quartet", "Ben & the Bees", "Çelik", "DJ Öre", "Ēve", "Fu", "Gil Noor"];
        let artist = ARTISTS[number as usize % ARTISTS.len()].to_owned();
        Self {
            number,
            artist,
            title: format!("Song No. {number}"),
            album: format!("Album {}", number / 10),
            isrc: format!("GBFKE26{number:05}"),
            length_ms: 120_000 + number % 120 * 1_000,
        }
    }

    /// Its id at Spotify: 22 characters.
    pub fn spotify(&self) -> String {
        format!("5potify{:015}", self.number)
    }

    /// Its id at Tidal and in Apple's catalogue.
    pub fn id(&self) -> String {
        (100_000 + self.number).to_string()
    }

    /// Its recording at MusicBrainz.
    pub fn mbid(&self) -> String {
        format!("00000000-0000-4000-8000-{:012}", self.number)
    }

    /// The song with this code.
    pub(crate) fn by_isrc(isrc: &str) -> Option<Self> {
        let number = isrc.strip_prefix("GBFKE26")?.parse().ok()?;
        Some(Self::new(number)).filter(|song| song.isrc == isrc)
    }

    /// The song with this id at Tidal or Apple.
    pub(crate) fn by_id(id: &str) -> Option<Self> {
        Some(Self::new(id.parse::<u32>().ok()?.checked_sub(100_000)?)).filter(|song| song.number < 100_000)
    }
}

/// Songs by their numbers.
pub fn songs(numbers: impl IntoIterator<Item = u32>) -> Vec<Song> {
    numbers.into_iter().map(Song::new).collect()
}
