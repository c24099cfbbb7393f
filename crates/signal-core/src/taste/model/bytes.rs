//! A model as bytes: versioned, little-endian, with a checksum in its name.
//!
//! ```text
//! "sigtaste" · version u8
//! artists u32 · 16 bytes each
//! spectrum     64 f32 an artist
//! factors      unobserved, regularisation, exponent f32 · iterations, steps u32 · seed u64
//!              128 f32 of squares · 128 f32 an artist
//! genres u16 · each: length of the name u8, the name, mean f32, deviation f32
//! ```

use super::genre_scale::{GenreScale, GenreSpread};
use super::{FACTORS, GENRES, MODEL_ARTISTS_MAX, SPECTRUM, TasteModel};
use crate::model::ArtistId;
use crate::taste::factors::{FactorModel, FactorSettings, FactorTable};

const MAGIC: &[u8; 8] = b"sigtaste";
const VERSION: u8 = 1;

/// Bytes that are no taste model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ModelBytesError {
    /// Something else, or written by a newer Signal.
    #[error("reading a taste model: these bytes are none of version {VERSION}")]
    Foreign,
    /// Fewer or more bytes than the model says it has.
    #[error("reading a taste model: it is cut short or has something behind it")]
    Length,
    /// What cannot be in a model.
    #[error("reading a taste model: its {what} cannot be")]
    Content {
        /// Which part.
        what: &'static str,
    },
}

impl TasteModel {
    /// The model as bytes that [`Self::from_bytes`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        let settings = self.factors.settings();
        let mut out = Vec::with_capacity(1_024 + self.artists.len() * (16 + 4 * (SPECTRUM + FACTORS)));
        out.extend_from_slice(MAGIC);
        out.push(VERSION);
        // A model holds far fewer than 2³² artists.
        out.extend(u32::try_from(self.artists.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.artists.iter().for_each(|artist| out.extend_from_slice(artist.uuid().as_bytes()));
        put_floats(&mut out, &self.spectrum);
        put_floats(&mut out, &[settings.unobserved, settings.regularisation, settings.exponent]);
        out.extend(settings.iterations.to_le_bytes());
        out.extend(settings.steps.to_le_bytes());
        out.extend(settings.seed.to_le_bytes());
        put_floats(&mut out, self.factors.squares());
        put_floats(&mut out, self.factors.items().as_slice());
        out.extend(u16::try_from(self.genres.0.len()).unwrap_or(u16::MAX).to_le_bytes());
        for genre in &self.genres.0 {
            out.push(u8::try_from(genre.name.len()).unwrap_or(u8::MAX));
            out.extend_from_slice(genre.name.as_bytes());
            put_floats(&mut out, &[genre.mean, genre.deviation]);
        }
        out
    }

    /// Reads what [`Self::to_bytes`] wrote: the same bits, the same id. Refuses whatever a model cannot hold.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelBytesError> {
        let mut rest = Reader(bytes);
        if rest.take(MAGIC.len())? != MAGIC || rest.array::<1>()? != [VERSION] {
            return Err(ModelBytesError::Foreign);
        }
        let count = u32::from_le_bytes(rest.array()?) as usize;
        if count > MODEL_ARTISTS_MAX {
            return Err(ModelBytesError::Content { what: "number of artists" });
        }
        let ids = rest.take(count * 16)?.chunks_exact(16);
        let artists: Vec<ArtistId> =
            ids.filter_map(|id| uuid::Uuid::from_slice(id).ok()).map(ArtistId::from_uuid).collect();
        if artists.len() != count || !artists.is_sorted_by(|x, y| x < y) {
            return Err(ModelBytesError::Content { what: "list of artists" });
        }
        let spectrum = rest.floats(count * SPECTRUM)?;
        let factors = rest.factors(count)?;
        let genres = rest.genres()?;
        if !rest.0.is_empty() {
            return Err(ModelBytesError::Length);
        }
        Ok(Self::of_parts(artists, spectrum, factors, genres))
    }
}

fn put_floats(out: &mut Vec<u8>, numbers: &[f32]) {
    out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ModelBytesError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(ModelBytesError::Length)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelBytesError> {
        self.take(N)?.try_into().map_err(|_| ModelBytesError::Length)
    }

    fn float(&mut self) -> Result<f32, ModelBytesError> {
        let number = f32::from_le_bytes(self.array()?);
        if number.is_finite() { Ok(number) } else { Err(ModelBytesError::Content { what: "numbers" }) }
    }

    fn floats(&mut self, count: usize) -> Result<Vec<f32>, ModelBytesError> {
        // Looked at first, so that a lie about the length costs no memory.
        let mut numbers = Reader(self.take(count * 4)?);
        (0..count).map(|_| numbers.float()).collect()
    }

    fn factors(&mut self, artists: usize) -> Result<FactorModel, ModelBytesError> {
        let settings = FactorSettings {
            factors: FACTORS,
            unobserved: self.float()?,
            regularisation: self.float()?,
            exponent: self.float()?,
            iterations: u32::from_le_bytes(self.array()?),
            steps: u32::from_le_bytes(self.array()?),
            seed: u64::from_le_bytes(self.array()?),
        };
        let squares = self.floats(FACTORS)?;
        let items = FactorTable::of_numbers(FACTORS, self.floats(artists * FACTORS)?);
        FactorModel::of_items(settings, items, squares)
            .map_err(|_| ModelBytesError::Content { what: "settings of factors" })
    }

    fn genres(&mut self) -> Result<GenreScale, ModelBytesError> {
        let count = usize::from(u16::from_le_bytes(self.array()?));
        if count > GENRES {
            return Err(ModelBytesError::Content { what: "number of genres" });
        }
        let mut genres = Vec::new();
        for _ in 0..count {
            let [length] = self.array()?;
            let name = std::str::from_utf8(self.take(length.into())?)
                .map_err(|_| ModelBytesError::Content { what: "genres" })?
                .to_owned();
            let (mean, deviation) = (self.float()?, self.float()?);
            if deviation <= 0.0 {
                return Err(ModelBytesError::Content { what: "spread of genres" });
            }
            genres.push(GenreSpread { name, mean, deviation });
        }
        Ok(GenreScale(genres))
    }
}
