//! A labelled stream of events made elsewhere, lived through the engine: attacks that nobody here invented.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::super::SimulatedHost;
use crate::engine::{Engine, EngineError, Result};
use crate::host::Host;
use crate::model::{
    DropId, Handle, Points, Stars, Timestamp, TrackRef, TrustWeight, UserId, UtcDay, Verification, Viewer,
};
use crate::store::MemoryStore;

/// Days that are lived on after the last event, so that every window closes.
const AFTERMATH: i64 = 9;
/// Days that a stream may span: each of them has a night.
const MOST_DAYS: i64 = 3_660;
/// Seconds since 1970 are below this, in microseconds: what is above were milliseconds.
const LATEST: f64 = 4_102_444_800e6;

/// One event. Fields that a kind does not need are left out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TraceEvent {
    /// When: RFC 3339, or seconds since 1970.
    #[serde(deserialize_with = "instant")]
    pub at: Timestamp,
    /// `register`, `verify`, `trust`, `drop` or `rate`.
    pub kind: String,
    /// Who, by any name.
    #[serde(deserialize_with = "name")]
    pub actor: String,
    /// Whom the actor trusts.
    #[serde(default, deserialize_with = "some_name")]
    pub to: Option<String>,
    /// How much, in [0, 1]; 0 removes it.
    #[serde(default)]
    pub weight: Option<f64>,
    /// Which drop, by any name.
    #[serde(default, deserialize_with = "some_name")]
    pub drop: Option<String>,
    /// From 0 to 5, in halves.
    #[serde(default)]
    pub stars: Option<f64>,
    /// Points staked; the least that will do where left out.
    #[serde(default)]
    pub stake: Option<f64>,
    /// `phone` or `paid`.
    #[serde(default)]
    pub level: Option<String>,
    /// What proves it; the actor's name where left out.
    #[serde(default)]
    pub token: Option<String>,
    /// The truth about the actor, whether they attack: false, 0, nothing, `honest`, `good` and `benign` (however they are
    /// written) do not; true, a number above 0 and any other word do.
    #[serde(default, deserialize_with = "truth")]
    pub label: bool,
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Timestamp, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => text.parse().map_err(D::Error::custom),
        Value::Number(seconds) => {
            let micros = seconds.as_f64().unwrap_or(-1.0) * 1e6;
            if !(0.0..LATEST).contains(&micros) {
                return Err(D::Error::custom(format!(
                    "{seconds} is no number of seconds between 1970 and 2100"
                )));
            }
            #[expect(clippy::cast_possible_truncation, reason = "whole microseconds of a time in range")]
            Ok(Timestamp::from_micros(micros as i64))
        }
        _ => Err(D::Error::custom("a time is a text or a number")),
    }
}

/// A name: a text, or a number as it is written.
fn name<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(D::Error::custom("a name is a text or a number")),
    }
}

fn some_name<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<String>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        Some(value) => name(value).map(Some).map_err(D::Error::custom),
        None => Ok(None),
    }
}

/// Whether a label says that somebody attacks.
fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(false),
        Value::Bool(bad) => Ok(bad),
        Value::Number(number) => match number.as_f64() {
            Some(number) if number >= 0.0 => Ok(number > 0.0),
            _ => {
                Err(D::Error::custom(format!("label {number} is neither 0, honest, nor above, an attacker")))
            }
        },
        Value::String(word) => {
            let word = word.trim().to_lowercase();
            Ok(!matches!(word.as_str(), "" | "0" | "false" | "honest" | "good" | "benign"))
        }
        Value::Array(_) | Value::Object(_) => {
            Err(D::Error::custom("a label is a word, a number, true or false"))
        }
    }
}

/// What came of a stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TraceAnswer {
    /// Events read.
    pub events: usize,
    /// Events that the rules refused, or that made no sense.
    pub refused: usize,
    /// Everybody who acted.
    pub people: usize,
    /// How many of them attack, by their labels.
    pub attackers: usize,
    /// Of those in a finding, the share who attack; none where nobody is.
    pub detected_precision: Option<f64>,
    /// Of those who attack, the share who are in a finding; none where nobody attacks.
    pub detected_recall: Option<f64>,
    /// What an attacker won on average over what an honest person of the stream won: there is no honest twin.
    pub attacker_gain_points: Option<f64>,
    /// Of the honest, the share who are in a finding; none where nobody is honest.
    pub honest_flagged: Option<f64>,
    /// What each finding of the last epoch says.
    pub findings: Vec<String>,
}

/// Lives a stream, night by night, and judges what was found. Labels are looked at when all is over.
pub async fn judge_trace(mut events: Vec<TraceEvent>) -> Result<TraceAnswer> {
    events.sort_by_key(|event| event.at);
    let Some((first, last)) = events.first().zip(events.last()) else {
        return Err(EngineError::invalid("trace", "it has no event"));
    };
    if last.at > first.at.plus_days(MOST_DAYS) {
        let reason = format!("it spans more than {MOST_DAYS} days, from {} to {}", first.at, last.at);
        return Err(EngineError::invalid("trace", reason));
    }
    let mut scene = Scene::new(first.at);
    for event in &events {
        scene.nights_until(event.at).await?;
        scene.host.set_now(event.at);
        let accepted = scene.act(event).await?;
        scene.refused += usize::from(!accepted);
    }
    scene.nights_until(last.at.plus_days(AFTERMATH)).await?;
    scene.answer(&events).await
}

/// A stream that is being lived.
struct Scene {
    host: Arc<SimulatedHost>,
    engine: Engine,
    people: BTreeMap<String, UserId>,
    drops: BTreeMap<String, DropId>,
    /// The first day whose night is still to come.
    night: UtcDay,
    refused: usize,
    found: BTreeSet<UserId>,
    findings: Vec<String>,
}

impl Scene {
    fn new(start: Timestamp) -> Self {
        let host = Arc::new(SimulatedHost::new(0, start));
        let engine = Engine::new(Arc::new(MemoryStore::new()), Arc::clone(&host) as Arc<dyn Host>);
        let (people, drops, found) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { host, engine, people, drops, night: start.utc_day(), refused: 0, found, findings: Vec::new() }
    }

    /// Settles and closes every day that is over.
    async fn nights_until(&mut self, at: Timestamp) -> Result<()> {
        while self.night < at.utc_day() {
            let midnight = self.night.start().plus_days(1);
            self.host.set_now(midnight.plus_seconds(-1));
            self.engine.settle_due().await?;
            let epoch = self.engine.close_epoch().await?;
            self.found.extend(epoch.findings.iter().flat_map(|found| &found.members).map(|person| person.id));
            self.findings = epoch.findings.into_iter().map(|found| found.evidence).collect();
            self.night = midnight.utc_day();
        }
        Ok(())
    }

    /// Somebody by name; who is named for the first time registers.
    async fn person(&mut self, name: &str) -> Result<Option<UserId>> {
        if let Some(known) = self.people.get(name) {
            return Ok(Some(*known));
        }
        let Ok(handle) = format!("someone-{}", self.people.len()).parse::<Handle>() else {
            return Ok(None);
        };
        let user = self.engine.register(&handle).await?;
        self.people.insert(name.to_owned(), user);
        Ok(Some(user))
    }

    /// Does what an event says; gives whether the rules let it happen.
    async fn act(&mut self, event: &TraceEvent) -> Result<bool> {
        let Some(actor) = self.person(&event.actor).await? else {
            return Ok(false);
        };
        let done = match event.kind.as_str() {
            "register" => Ok(()),
            "verify" => self.verify(actor, event).await,
            "trust" => self.trust(actor, event).await,
            "drop" => self.drop(actor, event).await,
            "rate" => self.rate(actor, event).await,
            _ => Err(EngineError::invalid("kind", "nobody knows it")),
        };
        match done {
            Ok(()) => Ok(true),
            Err(error) if error.is_world() => Err(error),
            Err(_) => Ok(false),
        }
    }

    async fn verify(&self, actor: UserId, event: &TraceEvent) -> Result<()> {
        let level = match event.level.as_deref() {
            Some("paid") => Verification::Paid,
            Some("phone") | None => Verification::Phone,
            Some(_) => return Err(EngineError::invalid("level", "it is phone or paid")),
        };
        self.engine.verify(actor, level, event.token.as_ref().unwrap_or(&event.actor)).await
    }

    async fn trust(&mut self, actor: UserId, event: &TraceEvent) -> Result<()> {
        let Some(to) = event.to.as_deref() else {
            return Err(EngineError::invalid("to", "an edge has two ends"));
        };
        let weight = event.weight.unwrap_or(1.0);
        let weight = (weight > 0.0).then(|| TrustWeight::from_fraction(weight)).transpose();
        let weight = weight.map_err(|_| EngineError::invalid("weight", "it is above 1"))?;
        match self.person(to).await? {
            Some(to) => self.engine.set_trust(actor, to, weight).await,
            None => Ok(()),
        }
    }

    async fn drop(&mut self, actor: UserId, event: &TraceEvent) -> Result<()> {
        let name = event.drop.clone().unwrap_or_else(|| format!("drop {}", self.drops.len()));
        let track = TrackRef::named("Somebody", &name);
        let track = track.map_err(|_| EngineError::invalid("drop", "no track can have that name"))?;
        #[expect(clippy::cast_possible_truncation, reason = "clamped to what a balance can hold")]
        let stake = event.stake.map(|points| Points::from_milli((points * 1e3).clamp(0.0, 1e9) as i64));
        let drop = self.engine.make_drop(actor, &track, "as the trace says", stake, None, None).await?;
        self.drops.insert(name, drop);
        Ok(())
    }

    async fn rate(&self, actor: UserId, event: &TraceEvent) -> Result<()> {
        let Some(drop) = event.drop.as_ref().and_then(|name| self.drops.get(name)) else {
            return Err(EngineError::invalid("drop", "nobody made it"));
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
        let halves = (event.stars.unwrap_or(-1.0) * 2.0).round().clamp(-1.0, 255.0).abs() as u8;
        let halves = if event.stars.is_none_or(|stars| stars < 0.0) { u8::MAX } else { halves };
        let stars = Stars::from_halves(halves);
        let stars = stars.map_err(|_| EngineError::invalid("stars", "they go from 0 to 5"))?;
        self.engine.rate(actor, *drop, stars).await
    }

    async fn answer(&self, events: &[TraceEvent]) -> Result<TraceAnswer> {
        let bad: BTreeSet<&str> =
            events.iter().filter(|event| event.label).map(|event| event.actor.as_str()).collect();
        let (policy, mut caught) = (self.engine.policy().await?.1, 0);
        let (mut theirs, mut others) = ((0_usize, 0_i64), (0_usize, 0_i64));
        for (name, user) in &self.people {
            let attacks = bad.contains(name.as_str());
            caught += usize::from(attacks && self.found.contains(user));
            let card = self.engine.user(Viewer::Operator, *user).await?;
            let held = |points: Option<Points>| points.map_or(0, Points::milli);
            let holdings = held(card.available_millipoints) + held(card.staked_millipoints);
            let side = if attacks { &mut theirs } else { &mut others };
            side.0 += 1;
            side.1 += holdings - policy.stakes.opening(card.verification).milli();
        }
        let flagged = self.found.len() - caught;
        let share = |part: usize, of: usize| (of > 0).then(|| part as f64 / of as f64);
        let mean = |side: (usize, i64)| (side.0 > 0).then(|| side.1 as f64 / 1e3 / side.0 as f64);
        Ok(TraceAnswer {
            events: events.len(),
            refused: self.refused,
            people: self.people.len(),
            attackers: theirs.0,
            detected_precision: share(caught, self.found.len()),
            detected_recall: share(caught, theirs.0),
            attacker_gain_points: mean(theirs).zip(mean(others)).map(|(theirs, others)| theirs - others),
            honest_flagged: share(flagged, others.0),
            findings: self.findings.clone(),
        })
    }
}
