//! One index after the other, with 16 links and a beam of 128 while building: what `usearch` has by default.

use hnsw_rs::prelude::{AnnT, DistDot, Hnsw as HnswRs};
use instant_distance::{Builder, HnswMap, Point, Search};
use signal_core::model::{ModelId, UserId};
use signal_core::policy::NeighbourPolicy;
use signal_core::simulation::random_person;
use signal_core::taste::neighbours::{ExactScan, Hnsw, Neighbours, TasteVector, Vectors};

use super::{Data, NEAREST, Outcome, timed};

const LINKS: usize = 16;
const BUILD_BEAM: usize = 128;
/// What `hnsw_rs` wants to know beforehand.
const LAYERS: usize = 16;

pub(crate) fn measure(data: &Data, name: &str, beams: &[usize]) -> Outcome<()> {
    match name {
        "signal exact" => exact(data),
        "signal" => ours(data, beams),
        "hnsw_rs" => hnsw_rs(data, beams),
        "instant-distance" => instant_distance(data, beams),
        other => Err(format!("no such index: {other}").into()),
    }
}

fn kept(data: &Data, model: &ModelId) -> Outcome<(f64, ExactScan)> {
    let people: Vec<(UserId, TasteVector<'_>)> = (0u32..)
        .zip(&data.vectors)
        .map(|(n, numbers)| (random_person(n), TasteVector { model, numbers }))
        .collect();
    let mut exact = ExactScan::new(Vectors::new(model.clone(), data.dim));
    let (build_s, done) = timed(|| exact.insert_many(&people));
    done?;
    Ok((build_s, exact))
}

/// Random people are numbered in the last bytes of their ids.
fn places(near: Vec<signal_core::taste::neighbours::Neighbour>) -> Vec<u32> {
    let place = |user: UserId| {
        let bytes = user.uuid().into_bytes();
        u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]])
    };
    near.into_iter().map(|near| place(near.user)).collect()
}

fn exact(data: &Data) -> Outcome<()> {
    let model = ModelId::new("random-1");
    let (build_s, exact) = kept(data, &model)?;
    data.report("signal exact", 0, build_s, |numbers| {
        Ok(places(exact.nearest(TasteVector { model: &model, numbers }, NEAREST, &|_| true)?))
    })
}

fn ours(data: &Data, beams: &[usize]) -> Outcome<()> {
    let model = ModelId::new("random-1");
    let (kept_s, exact) = kept(data, &model)?;
    let policy = NeighbourPolicy::default();
    let (linked_s, mut index) = timed(|| Hnsw::new(exact.into_vectors(), &policy));
    for beam in beams {
        index = index.with_beam(*beam);
        data.report("signal", *beam, kept_s + linked_s, |numbers| {
            Ok(places(index.nearest(TasteVector { model: &model, numbers }, NEAREST, &|_| true)?))
        })?;
    }
    Ok(())
}

fn hnsw_rs(data: &Data, beams: &[usize]) -> Outcome<()> {
    // Its cosine recomputes lengths; ours have length 1, so that the product is the cosine.
    let mut index = HnswRs::<f32, DistDot>::new(LINKS, data.vectors.len(), LAYERS, BUILD_BEAM, DistDot);
    let people: Vec<(&Vec<f32>, usize)> = data.vectors.iter().zip(0..).collect();
    let (build_s, ()) = timed(|| index.parallel_insert(&people));
    index.set_searching_mode(true);
    for beam in beams {
        data.report("hnsw_rs", *beam, build_s, |question| {
            let near = index.search_neighbours(question, NEAREST, *beam);
            near.iter().map(|near| Ok(u32::try_from(near.d_id)?)).collect()
        })?;
    }
    Ok(())
}

#[derive(Clone)]
struct Taste(Vec<f32>);

impl Point for Taste {
    fn distance(&self, other: &Self) -> f32 {
        let mut sums = [0.0f32; 8];
        for (x, y) in self.0.as_chunks::<8>().0.iter().zip(other.0.as_chunks::<8>().0) {
            sums.iter_mut().zip(x).zip(y).for_each(|((sum, x), y)| *sum += x * y);
        }
        1.0 - sums.iter().sum::<f32>()
    }
}

/// It links 32 at the ground layer as the others do; its beam is fixed when it is built, so one beam is measured.
fn instant_distance(data: &Data, beams: &[usize]) -> Outcome<()> {
    let beam = beams.first().copied().unwrap_or(BUILD_BEAM);
    let points: Vec<Taste> = data.vectors.iter().cloned().map(Taste).collect();
    let places: Vec<u32> = (0u32..).take(points.len()).collect();
    let (build_s, index): (f64, HnswMap<Taste, u32>) = timed(|| {
        Builder::default().ef_construction(BUILD_BEAM).ef_search(beam).seed(1).build(points, places)
    });
    data.report("instant-distance", beam, build_s, |question| {
        let mut search = Search::default();
        Ok(index
            .search(&Taste(question.to_vec()), &mut search)
            .take(NEAREST)
            .map(|near| *near.value)
            .collect())
    })
}
