//! Random commands through the engine: what laws are checked on, and how stores are compared step by step.

use std::sync::Arc;

use crate::decide::{Authority, Command};
use crate::engine::{Engine, ImportOptions, Imported};
use crate::model::{
    Audience, CircleId, DropId, Exactness, Handle, Points, PrivacyDials, Role, Stars, TrackRef,
    TrustAudience, TrustWeight, UserId, Verification, Viewer,
};
use crate::platform::{ImportRecord, ImportedArtist};
use crate::policy::Policy;
use crate::simulation::SimulatedHost;
use crate::store::Store;

/// One random step: which kind, and what its arguments are made of.
pub type Raw = (u8, u8, u8, u16);

/// A community of a few people who do anything at any time. The same steps on two stores do the same.
#[derive(Debug)]
pub struct Story {
    /// The engine over the store.
    pub engine: Engine,
    /// Its clock.
    pub host: Arc<SimulatedHost>,
    /// Everyone who ever was.
    pub users: Vec<UserId>,
    /// Every drop that was made.
    pub drops: Vec<DropId>,
    /// Every circle that was created.
    pub circles: Vec<CircleId>,
}

/// A thing named by a number, whatever its number is.
fn pick<T: Copy>(from: &[T], by: u8) -> Option<T> {
    from.get(usize::from(by) % from.len().max(1)).copied()
}

impl Story {
    /// Kinds of steps; larger numbers wrap.
    pub const KINDS: u8 = 30;

    /// An empty community over an empty store.
    pub fn new(store: Arc<dyn Store>, seed: u64) -> Self {
        let start = "2026-01-01T00:00:00Z".parse().expect("a time");
        let host = Arc::new(SimulatedHost::new(seed, start));
        let engine = Engine::new(store, Arc::<SimulatedHost>::clone(&host));
        Self { engine, host, users: Vec::new(), drops: Vec::new(), circles: Vec::new() }
    }

    /// Does one step, and gives what came of it, as text: refusals are answers too.
    ///
    /// # Panics
    /// When the store fails, or the core breaks.
    pub async fn step(&mut self, (kind, a, b, c): Raw) -> String {
        let kind = kind % Self::KINDS;
        let done = match kind {
            0..=2 => self.arrive(kind, a, b).await,
            3..=9 => self.people(kind, a, b, c).await,
            10..=19 => self.drops(kind, a, b, c).await,
            20..=25 => self.circle(kind, a, b, c).await,
            _ => self.community(kind, a, b, c).await,
        };
        match done {
            Ok(text) => format!("{kind}: {text}"),
            Err(error) if error.is_world() => panic!("step {kind} failed: {error}"),
            Err(error) => format!("{kind}: no: {error}"),
        }
    }

    async fn arrive(&mut self, kind: u8, a: u8, b: u8) -> crate::engine::Result<String> {
        let user = if kind == 2 {
            let person = format!("{}", a % 12);
            let mut records = [
                ImportRecord::Trust {
                    from: person.clone(),
                    to: format!("{}", b % 12),
                    weight: None,
                    mutual: b.is_multiple_of(2),
                },
                ImportRecord::ArtistPlays {
                    person: Some(person.clone()),
                    artist: ImportedArtist {
                        id: Some(format!("{}", b % 7)),
                        name: format!("Artist {}", b % 5),
                    },
                    plays: u64::from(b) + 1,
                },
            ]
            .into_iter()
            .map(Imported::Record);
            let options = ImportOptions { source: "story".to_owned(), person: None };
            let answer = self.engine.import(&mut records, &options, &|_| {}).await?;
            let user = self.engine.find_user(Viewer::Operator, &format!("story:{person}")).await?;
            if !self.users.contains(&user) {
                self.users.push(user);
            }
            return Ok(format!("{answer:?}"));
        } else {
            let handle: Handle = format!("user{}", a % 40).parse().expect("a handle");
            self.engine.register(&handle).await?
        };
        self.users.push(user);
        Ok(user.to_string())
    }

    async fn people(&mut self, kind: u8, a: u8, b: u8, c: u16) -> crate::engine::Result<String> {
        let (Some(user), Some(other)) = (pick(&self.users, a), pick(&self.users, b)) else {
            return Ok("nobody".to_owned());
        };
        let engine = &self.engine;
        match kind {
            3 => {
                let handle = format!("claimed{}", c % 40).parse().expect("a handle");
                engine.claim(user, Some(handle), Vec::new()).await?;
            }
            4 => {
                let level = if c.is_multiple_of(3) { Verification::Paid } else { Verification::Phone };
                engine.verify(user, level, &format!("token {}", c % 30)).await?;
            }
            5 if b.is_multiple_of(3) => engine.seed(user, !c.is_multiple_of(4)).await?,
            5 => engine.freeze(user, c.is_multiple_of(4)).await?,
            6 if c.is_multiple_of(4) => {
                engine.mute(Viewer::User(user), user, other, !c.is_multiple_of(3)).await?;
            }
            6 => engine.block(user, other, !c.is_multiple_of(3)).await?,
            7 | 8 => {
                let weight = TrustWeight::from_ten_thousandths(c % 10_001).ok();
                engine.set_trust(user, other, weight).await?;
            }
            _ => {
                let pick =
                    |n: u16| [Audience::Private, Audience::Friends, Audience::Public][usize::from(n % 3)];
                let trust = if c.is_multiple_of(2) { TrustAudience::Public } else { TrustAudience::Counts };
                engine.set_dials(user, PrivacyDials { history: pick(c), taste: pick(c / 3), trust }).await?;
            }
        }
        Ok("done".to_owned())
    }

    async fn drops(&mut self, kind: u8, a: u8, b: u8, c: u16) -> crate::engine::Result<String> {
        let Some(user) = pick(&self.users, a) else {
            return Ok("nobody".to_owned());
        };
        if kind <= 11 {
            let track =
                TrackRef::named(&format!("Artist {}", c % 9), &format!("Song {}", c % 31)).expect("a track");
            let stake = (!c.is_multiple_of(5)).then(|| Points::from_milli(i64::from(c) * 3));
            let circle = b.is_multiple_of(4).then(|| pick(&self.circles, b / 4)).flatten();
            let words = format!("listen to this secretword{a}");
            let drop = self.engine.make_drop(user, &track, &words, stake, circle, None).await?;
            self.drops.push(drop);
            return Ok(drop.to_string());
        }
        let Some(drop) = pick(&self.drops, b) else {
            return Ok("no drop".to_owned());
        };
        let engine = &self.engine;
        match kind {
            12..=15 => {
                let halves = u8::try_from(c % 11).expect("below 11");
                engine.rate(user, drop, Stars::from_halves(halves).expect("in range")).await?;
            }
            16 => {
                engine.comment(user, drop, &format!("a remark secretremark{a}")).await?;
            }
            17 => engine.report(user, drop, "not music").await?,
            18 => {
                engine.withdraw(user, drop).await?;
            }
            _ => {
                engine.seen(user, &[drop]).await?;
            }
        }
        Ok("done".to_owned())
    }

    async fn circle(&mut self, kind: u8, a: u8, b: u8, c: u16) -> crate::engine::Result<String> {
        let Some(user) = pick(&self.users, a) else {
            return Ok("nobody".to_owned());
        };
        if kind == 20 {
            let focus = ["jazz".to_owned()];
            let circle =
                self.engine.create_circle(user, &format!("Circle {c}"), &focus, c.is_multiple_of(3)).await?;
            self.circles.push(circle);
            return Ok(circle.to_string());
        }
        let other = pick(&self.users, u8::try_from(c % 256).expect("below 256")).unwrap_or(user);
        let Some(circle) = pick(&self.circles, b) else {
            return Ok("no circle".to_owned());
        };
        let by = if c.is_multiple_of(5) { Authority::Operator } else { Authority::User(user) };
        let engine = &self.engine;
        match kind {
            21 | 22 => engine.join(user, circle).await?,
            23 => engine.leave(user, circle).await?,
            24 => {
                engine.invite(user, circle, other).await?;
                engine
                    .set_role(
                        by,
                        circle,
                        other,
                        if c.is_multiple_of(2) { Role::Moderator } else { Role::Creator },
                    )
                    .await?;
            }
            _ => match c % 4 {
                0 => engine.remove_member(by, circle, other).await?,
                1 => engine.freeze_circle(by, circle, c % 8 < 4).await?,
                2 if c % 16 == 2 => engine.close_circle(by, circle).await?,
                _ => engine.join(other, circle).await?,
            },
        }
        Ok("done".to_owned())
    }

    async fn community(&mut self, kind: u8, a: u8, b: u8, c: u16) -> crate::engine::Result<String> {
        let engine = &self.engine;
        match kind {
            // Time passes: minutes mostly, weeks now and then, so that windows close and stakes fade.
            26 => {
                let unit = if a.is_multiple_of(3) { 60 } else { 5 };
                self.host.set_now(engine.now().plus_seconds(i64::from(c) * unit));
            }
            27 => return Ok(format!("{:?}", engine.settle_due().await?.settled.len())),
            28 => match a % 6 {
                0 => return Ok(format!("{:?}", engine.close_epoch().await?.people)),
                1 => {
                    let mut policy = Policy::default();
                    policy.validation.small_quorum = 1 + u32::from(b % 3);
                    policy.stakes.window_days = 1 + i64::from(c % 9);
                    engine.set_policy(policy).await?;
                }
                2 => {
                    if let Some(drop) = pick(&self.drops, b) {
                        engine.annul(Authority::Operator, drop, c.is_multiple_of(2)).await?;
                    }
                }
                3 => engine.reverse(u64::from(c) % 200, "a mistake").await?,
                4 => {
                    if let Some(drop) = pick(&self.drops, b) {
                        engine.hide(Authority::Operator, drop, c.is_multiple_of(2)).await?;
                    }
                }
                _ => {
                    engine.build_profiles().await?;
                }
            },
            _ => {
                // Leaving is rare, so that there is someone to do the rest.
                if let Some(user) = pick(&self.users, b).filter(|_| a.is_multiple_of(5)) {
                    if c.is_multiple_of(3) {
                        engine.anonymise(user).await?;
                    } else {
                        engine.erase(user).await?;
                    }
                } else if let Some((user, drop)) = pick(&self.users, b).zip(pick(&self.drops, a)) {
                    let listen = ImportRecord::Listen {
                        person: None,
                        track: TrackRef::named(&format!("Artist {}", c % 9), &format!("Song {}", c % 31))
                            .expect("a track"),
                        start: engine.now(),
                        exactness: Exactness::Exact,
                        played_ms: Some(200_000),
                    };
                    engine.user(Viewer::Operator, user).await?;
                    let options = ImportOptions { source: "story".to_owned(), person: Some(user) };
                    let mut records = std::iter::once(Imported::Record(listen));
                    engine.import(&mut records, &options, &|_| {}).await?;
                    engine.execute(&Command::Settle { drop }).await?;
                }
            }
        }
        Ok("done".to_owned())
    }
}
