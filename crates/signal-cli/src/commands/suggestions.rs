//! `signal accounts suggestions`: whom a person might trust, and what they might vouch for.

use std::fmt::Write as _;

use signal_core::engine::{SuggestedPerson, SuggestedTrack, SuggestionsAnswer};

use crate::layout::{WIDTH, fit};

/// What a service makes one think of.
pub(super) fn suggestions(answer: &SuggestionsAnswer) -> String {
    let told = people(&answer.people) + &tracks(&answer.tracks);
    if told.is_empty() {
        return format!("{} suggests nobody and nothing new\n", answer.platform);
    }
    told
}

fn people(people: &[SuggestedPerson]) -> String {
    let mut out = String::new();
    if people.is_empty() {
        return out;
    }
    out += "people you follow there, who follow you, or who listen alike:\n";
    for SuggestedPerson { name, user } in people {
        let here = user.as_ref().map_or(String::new(), |user| format!("  (here {})", user.name));
        let _ = writeln!(out, "{}", fit(&format!("  {name}{here}"), WIDTH));
    }
    out += "`signal trust set USER WEIGHT` trusts whoever of them is here\n";
    out
}

/// Tracks liked elsewhere, and how to vouch for them.
pub(super) fn tracks(tracks: &[SuggestedTrack]) -> String {
    let mut out = String::new();
    if tracks.is_empty() {
        return out;
    }
    out += "tracks you saved or pinned there and have not vouched for here:\n";
    for SuggestedTrack { claim, artist, title, words, .. } in tracks {
        let named = artist.as_ref().zip(title.as_ref());
        let track = named.map_or(claim.to_string(), |(artist, title)| format!("{artist} - {title}"));
        let words = words.as_ref().map_or(String::new(), |words| format!("  “{words}”"));
        let _ = writeln!(out, "{}", fit(&format!("  {track}{words}"), WIDTH));
    }
    out += "`signal drop add TRACK WORDS` vouches, with points of yours at stake\n";
    out
}
