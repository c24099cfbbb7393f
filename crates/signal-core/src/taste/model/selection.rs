//! Which artists a model holds.

use crate::model::ArtistId;
use crate::taste::factors::{FactorsError, Interactions};
use crate::taste::plays::{PlayCell, PlayMatrix};

/// Artists of a matrix with places of their own, in the order of their ids.
#[derive(Debug)]
pub(super) struct Selection {
    artists: Vec<ArtistId>,
    /// The place of each artist of the matrix, if it has one.
    places: Vec<Option<u32>>,
    /// The number in the matrix of each place.
    numbers: Vec<u32>,
}

impl Selection {
    /// The `most` artists with the most listeners; equals by id.
    pub(super) fn of(matrix: &PlayMatrix, most: usize) -> Self {
        let count = u32::try_from(matrix.artists()).unwrap_or(u32::MAX);
        let mut numbers: Vec<u32> = (0..count).collect();
        if numbers.len() > most {
            // idf falls with every listener, so that the lowest has the most.
            numbers.sort_by(|x, y| matrix.idf(*x).total_cmp(&matrix.idf(*y)));
            numbers.truncate(most);
            numbers.sort_unstable();
        }
        // Artists of a matrix are numbered in the order of their ids.
        let artists = numbers.iter().filter_map(|number| matrix.artist(*number)).collect();
        let mut places = vec![None; matrix.artists()];
        for (place, number) in (0u32..).zip(&numbers) {
            if let Some(slot) = places.get_mut(*number as usize) {
                *slot = Some(place);
            }
        }
        Self { artists, places, numbers }
    }

    /// The matrix by places, with a weight for each cell.
    pub(super) fn interactions(
        &self,
        matrix: &PlayMatrix,
        weight: impl Fn(&PlayCell) -> f32,
    ) -> Result<Interactions, FactorsError> {
        let mut cells = Vec::new();
        for (person, user) in (0u32..).zip(matrix.people()) {
            cells.extend(matrix.row(user).iter().filter_map(|cell| {
                let place = self.places.get(cell.artist as usize).copied().flatten()?;
                Some((person, place, weight(cell)))
            }));
        }
        Interactions::new(matrix.users(), self.artists.len(), cells)
    }

    /// How much each artist says, by place.
    pub(super) fn idf<'a>(&'a self, matrix: &'a PlayMatrix) -> impl Iterator<Item = f32> + 'a {
        #[expect(clippy::cast_possible_truncation, reason = "singular vectors are single-precision")]
        self.numbers.iter().map(|number| matrix.idf(*number) as f32)
    }

    pub(super) fn into_artists(self) -> Vec<ArtistId> {
        self.artists
    }
}
