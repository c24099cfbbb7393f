//! Times, and where to draw questions from.

use std::time::Instant;

/// How long something took in seconds, and what came of it.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed().as_secs_f64(), result)
}

/// The median of some runs, and what the last one gave.
pub(crate) fn median_of<T>(runs: usize, mut work: impl FnMut() -> T) -> (f64, T) {
    let (first, mut result) = timed(&mut work);
    let mut seconds = vec![first];
    for _ in 1..runs {
        drop(result);
        let (took, next) = timed(&mut work);
        seconds.push(took);
        result = next;
    }
    (at(&mut seconds, 0.5), result)
}

/// The value below which a share of all lies.
pub(crate) fn at(values: &mut [f64], share: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let place = (share * values.len() as f64) as usize;
    values[place.min(values.len() - 1)]
}

/// The process's largest resident size in bytes.
pub(crate) fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1_024
}

/// A sequence that is the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below.max(1)
    }

    pub(crate) fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.roll(list.len())]
    }
}
