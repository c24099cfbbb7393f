//! The people around one person in the praise graph, nearest first.

/// Share of the walk that starts afresh at each step.
const RETURN: f64 = 0.15;

/// Steps of the walk: after eight, little more than a quarter of it is still on its first way out.
const STEPS: usize = 8;

/// People kept at each step. What the walk meets beyond them is too far away to be of one group.
const WIDTH: usize = 128;

/// The people whom walks may meet.
pub(super) struct Ground {
    open: Vec<bool>,
}

impl Ground {
    /// These of a community of `people`.
    pub(super) fn new(people: usize, among: &[usize]) -> Self {
        let mut ground = Self { open: vec![false; people] };
        ground.set(among, true);
        ground
    }

    /// Whether a person may still be met.
    pub(super) fn holds(&self, person: usize) -> bool {
        self.open.get(person).is_some_and(|open| *open)
    }

    /// Leaves people out from now on.
    pub(super) fn leave_out(&mut self, people: &[usize]) {
        self.set(people, false);
    }

    fn set(&mut self, people: &[usize], open: bool) {
        for person in people {
            if let Some(place) = self.open.get_mut(*person) {
                *place = open;
            }
        }
    }
}

/// A walk that can be started again and again; it keeps its paper.
pub(super) struct Walk {
    /// Share of the walk at each person; all zero between two steps.
    mass: Vec<f64>,
    met: Vec<usize>,
}

impl Walk {
    /// A walk in a community of `people`.
    pub(super) fn new(people: usize) -> Self {
        Self { mass: vec![0.0; people], met: Vec::new() }
    }

    /// The people whom a random walk with return meets most often: praise given leads on, each person in proportion to
    /// its share of the giver's ratings. The local partitioning of Andersen, Chung and Lang (FOCS 2006), with a fixed
    /// width in place of their tolerance: a walk that starts in a group of people who mostly praise each other stays
    /// there.
    ///
    /// Takes O([`STEPS`] · [`WIDTH`] · people praised by one), whatever the size of the community.
    pub(super) fn neighbourhood<'a>(
        &mut self,
        start: usize,
        ground: &Ground,
        praised: &dyn Fn(usize) -> &'a [(usize, f64)],
    ) -> Vec<usize> {
        let mut current: Vec<(usize, f64)> = vec![(start, 1.0)];
        for _ in 0..STEPS {
            self.put(start, RETURN, ground);
            for &(person, mass) in &current {
                for &(to, share) in praised(person) {
                    self.put(to, (1.0 - RETURN) * mass * share, ground);
                }
            }
            current = self.take();
        }
        current.into_iter().map(|(person, _)| person).collect()
    }

    fn put(&mut self, person: usize, mass: f64, ground: &Ground) {
        let wanted = mass > 0.0 && ground.holds(person);
        if let Some(place) = self.mass.get_mut(person).filter(|_| wanted) {
            if *place == 0.0 {
                self.met.push(person);
            }
            *place += mass;
        }
    }

    /// The [`WIDTH`] people with the most mass, most first, equals by number.
    fn take(&mut self) -> Vec<(usize, f64)> {
        let mut reached: Vec<(usize, f64)> = Vec::with_capacity(self.met.len());
        for person in self.met.drain(..) {
            reached.push((person, self.mass.get_mut(person).map_or(0.0, std::mem::take)));
        }
        let order = |x: &(usize, f64), y: &(usize, f64)| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0));
        if reached.len() > WIDTH {
            reached.select_nth_unstable_by(WIDTH, order);
            reached.truncate(WIDTH);
        }
        reached.sort_unstable_by(order);
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_stays_where_most_praise_goes() {
        // 0..5 give four fifths to each other and the rest to 5..25, who praise the next five along their own ring.
        let praised: Vec<Vec<(usize, f64)>> = (0..25)
            .map(|person| {
                if person < 5 {
                    let inside = (0..5).filter(|other| *other != person).map(|other| (other, 0.2));
                    inside.chain((5..25).map(|other| (other, 0.01))).collect()
                } else {
                    (1..6).map(|step| (5 + (person - 5 + step) % 20, 0.2)).collect()
                }
            })
            .collect();
        let everyone: Vec<usize> = (0..25).collect();
        let (mut walk, mut ground) = (Walk::new(25), Ground::new(25, &everyone));
        for start in [2, 4, 2] {
            let mut nearest = walk.neighbourhood(start, &ground, &|person| &praised[person]);
            nearest.truncate(5);
            nearest.sort_unstable();
            assert_eq!(nearest, [0, 1, 2, 3, 4]);
        }
        ground.leave_out(&[3]);
        assert!(!ground.holds(3) && ground.holds(4));
        assert!(!walk.neighbourhood(2, &ground, &|person| &praised[person]).contains(&3));
    }

    #[test]
    fn who_praises_nobody_is_alone() {
        assert_eq!(Walk::new(9).neighbourhood(7, &Ground::new(9, &[7]), &|_| &[]), [7]);
    }
}
