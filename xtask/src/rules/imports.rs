//! What the source files of `signal-core` import, held against the table of rooms.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::paths::{self, NamedPath};
use super::rooms::{ROOMS, Room};

/// Parts of the standard library that reach the outside world.
const OUTSIDE: &[&str] = &["fs", "net", "process", "env"];

/// Folders of the adapters that are no adapter, but what several share.
const SHARED: &[&str] = &["http"];

/// Checks every source file below `src`; a ruled room without a file is a violation, else a renamed one would escape.
pub(super) fn check_folder(src: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    collect(src, "", &mut files)?;
    let mut found = Vec::new();
    for (relative, source) in &files {
        found.extend(violations(relative, source));
    }
    for room in ROOMS {
        if !files.iter().any(|(relative, _)| module(relative).first().is_some_and(|first| first == room.name))
        {
            found.push(format!("{}: the room has no file", room.name));
        }
    }
    Ok(found)
}

/// Checks every source file below the adapters' `src`: a folder is an adapter (but for those that several share), and
/// none may name another.
pub(super) fn check_adapters(src: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    collect(src, "", &mut files)?;
    let adapters = adapters(files.iter().map(|(relative, _)| relative.as_str()));
    Ok(files.iter().flat_map(|(relative, source)| acquaintances(&adapters, relative, source)).collect())
}

/// The folders that are adapters.
fn adapters<'a>(files: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let folders = files.filter_map(|relative| Some(relative.split_once('/')?.0));
    folders.filter(|folder| !SHARED.contains(folder)).map(str::to_owned).collect()
}

/// Names each place in a file of one adapter that reaches into another.
fn acquaintances(adapters: &BTreeSet<String>, relative: &str, source: &str) -> Vec<String> {
    let own = module(relative);
    let Some(adapter) = own.first().filter(|first| adapters.contains(*first)) else {
        return Vec::new();
    };
    let other = |path: &NamedPath| {
        let target = target(&own, path).filter(|target| target != adapter && adapters.contains(target))?;
        let named = path.segments.join("::");
        Some(format!(
            "{relative}:{}: {named}: {adapter} may not know {target}: no adapter knows another",
            path.line
        ))
    };
    paths::paths(source)
        .iter()
        .filter(|path| path.segments.first().is_none_or(|s| s != "std"))
        .filter_map(other)
        .collect()
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let relative = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{relative}/"), files)?;
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            files.push((relative, fs::read_to_string(entry.path())?));
        }
    }
    Ok(())
}

/// Names each place in one file (`relative` to `src`, with `/`) that reaches where its room may not.
fn violations(relative: &str, source: &str) -> Vec<String> {
    let own = module(relative);
    let room = own.first().and_then(|first| ROOMS.iter().find(|room| room.name == first));
    let broken = |path: &NamedPath| {
        let reason = reaches_outside(path).or_else(|| room.and_then(|room| leaves_room(room, &own, path)))?;
        Some(format!("{relative}:{}: {}: {reason}", path.line, path.segments.join("::")))
    };
    paths::paths(source).iter().filter_map(broken).collect()
}

/// `trust/path.rs` is the module `trust::path`, `trust/mod.rs` is `trust`.
fn module(relative: &str) -> Vec<String> {
    let mut module: Vec<String> = relative.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    module.pop_if(|last| matches!(last.as_str(), "mod" | "lib"));
    module
}

fn reaches_outside(path: &NamedPath) -> Option<String> {
    match path.segments.as_slice() {
        [root, part, ..] if root == "std" && OUTSIDE.contains(&part.as_str()) => {
            Some("the core touches nothing outside itself".to_owned())
        }
        _ => None,
    }
}

fn leaves_room(room: &Room, own: &[String], path: &NamedPath) -> Option<String> {
    if path.segments.first().is_some_and(|first| first == "std") {
        return None;
    }
    match target(own, path) {
        None => Some(format!("{} takes the whole crate instead of naming a room", room.name)),
        Some(target) if target == room.name || room.may_import.contains(&target.as_str()) => None,
        Some(target) => Some(format!("{} may not import {target}: {}", room.name, room.why)),
    }
}

/// The room that a path leads to, or `None` when it stops at the crate's root.
fn target(own: &[String], path: &NamedPath) -> Option<String> {
    let mut place: Vec<String> = own.iter().chain(&path.inside).cloned().collect();
    for segment in &path.segments {
        match segment.as_str() {
            "crate" => place.clear(),
            "super" => drop(place.pop()),
            "self" => {}
            "*" => break,
            _ => {
                place.push(segment.clone());
                break;
            }
        }
    }
    place.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_may_know_the_model_and_its_neighbours() {
        let source =
            "use crate::model::{Time, TrustEdge};\nuse crate::{policy::Policy, taste};\nuse super::graph::*;";
        assert_eq!(violations("trust/path.rs", source), [""; 0]);
    }

    #[test]
    fn an_algorithm_that_opens_the_store_is_named() {
        assert_eq!(
            violations("trust/path.rs", "use crate::model::Time;\nuse crate::store::Store;\n"),
            [
                "trust/path.rs:2: crate::store::Store: trust may not import store: algorithms are given their data as arguments"
            ]
        );
    }

    #[test]
    fn no_algorithm_reaches_a_room_above_it() {
        for algorithm in ["trust", "taste", "compatibility", "reputation", "integrity", "feed", "privacy"] {
            for above in ["store", "platform", "live", "engine", "jobs", "host", "decide"] {
                let source = format!("fn f(x: crate::{above}::Thing) {{}}");
                assert_eq!(
                    violations(&format!("{algorithm}/mod.rs"), &source).len(),
                    1,
                    "{algorithm} -> {above}"
                );
            }
        }
    }

    #[test]
    fn groups_and_supers_do_not_hide_an_import() {
        assert_eq!(violations("feed/rank.rs", "use crate::{model, live::Graph};").len(), 1);
        assert_eq!(violations("feed/rank.rs", "use super::super::engine::Engine;").len(), 1);
        assert_eq!(violations("feed.rs", "use super::{model::Time, jobs};").len(), 1);
        assert_eq!(violations("feed/rank.rs", "mod tests { use super::super::super::store::X; }").len(), 1);
    }

    #[test]
    fn a_reexport_at_the_root_hides_nothing() {
        assert_eq!(violations("feed/rank.rs", "use crate::MemoryStore;").len(), 1);
        assert_eq!(violations("feed/rank.rs", "use crate::*;").len(), 1);
        assert_eq!(violations("feed/rank.rs", "use crate as root;").len(), 1);
        assert_eq!(violations("feed.rs", "use super::*;").len(), 1);
    }

    #[test]
    fn supers_within_the_room_are_free() {
        let source = "use super::*;\npub(in super::super) fn f() {}\nmod tests { use super::*; use super::super::Weight; }";
        assert_eq!(violations("taste/genres.rs", source), [""; 0]);
    }

    #[test]
    fn the_model_stands_alone_and_the_policy_on_it() {
        assert_eq!(violations("model/time.rs", "use crate::policy::Policy;").len(), 1);
        assert_eq!(violations("policy.rs", "use crate::model::Points;"), [""; 0]);
        assert_eq!(violations("policy.rs", "use crate::ledger::Entry;").len(), 1);
    }

    #[test]
    fn the_ledger_and_the_decisions_stay_pure() {
        assert_eq!(violations("ledger/seal.rs", "use crate::store::Store;").len(), 1);
        assert_eq!(violations("decide/drop.rs", "use crate::{ledger, reputation, model};"), [""; 0]);
        assert_eq!(violations("decide/drop.rs", "use crate::live::Live;").len(), 1);
    }

    #[test]
    fn no_file_of_the_core_touches_the_world() {
        assert_eq!(
            violations("engine/ingest.rs", "use crate::store::Store;\nuse std::{sync::Arc, fs};").len(),
            1
        );
        assert_eq!(violations("host.rs", "use ::std::process::Command;").len(), 1);
        assert_eq!(violations("lib.rs", "fn f() { ::std::env::var(\"HOME\"); }").len(), 1);
        assert_eq!(violations("engine/mod.rs", "use std::sync::Mutex;"), [""; 0]);
    }

    #[test]
    fn no_adapter_knows_another() {
        let adapters = BTreeSet::from(["sqlite".to_owned(), "import".to_owned()]);
        let told = |relative, source| acquaintances(&adapters, relative, source);
        assert_eq!(
            told("sqlite/open.rs", "use super::row;\nuse crate::import::Item;"),
            ["sqlite/open.rs:2: crate::import::Item: sqlite may not know import: no adapter knows another"]
        );
        assert_eq!(told("sqlite/mod.rs", "use super::import::Item;").len(), 1);
        assert_eq!(told("sqlite/open.rs", "use crate::host::SystemHost;\nuse std::fs;"), [""; 0]);
        assert_eq!(
            told("registry.rs", "use crate::{sqlite, import};"),
            [""; 0],
            "the registry knows them all"
        );
    }

    #[test]
    fn what_several_adapters_share_is_no_adapter() {
        let adapters = adapters(["http/client.rs", "spotify/mod.rs", "lib.rs"].into_iter());
        assert_eq!(adapters, BTreeSet::from(["spotify".to_owned()]));
        let source = "use crate::http::Http;";
        assert_eq!(acquaintances(&adapters, "spotify/mod.rs", source), [""; 0]);
    }

    #[test]
    fn a_room_without_a_file_is_a_violation() {
        let folder = std::env::temp_dir().join(format!("xtask-rooms-{}", std::process::id()));
        fs::create_dir_all(folder.join("trust")).unwrap();
        fs::write(folder.join("trust/mod.rs"), "use crate::store::Store;").unwrap();
        fs::write(folder.join("model.rs"), "pub struct Time;").unwrap();
        let found = check_folder(&folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert!(found[0].starts_with("trust/mod.rs:1: crate::store::Store"), "{found:?}");
        assert!(found.contains(&"feed: the room has no file".to_owned()), "{found:?}");
        assert!(!found.iter().any(|line| line.starts_with("model:")), "{found:?}");
    }
}
