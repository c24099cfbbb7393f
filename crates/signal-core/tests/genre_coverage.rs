//! How much of what listeners write the vocabulary reads, on the `HetRec` 2011 Last.fm data where it is.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

use signal_core::taste::genres::{Facet, Genre, resolve};

/// `SIGNAL_DATA`, else the folder that the data is kept in beside the checkout.
fn real_data() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = env::var_os("SIGNAL_DATA").map_or_else(beside, PathBuf::from).join("hetrec-lastfm");
    data.is_dir().then_some(data)
}

/// The first columns of a table, without its header. The file is Latin-1, as published.
fn table<const COLUMNS: usize>(path: &Path) -> Vec<[String; COLUMNS]> {
    let bytes = fs::read(path).expect("a readable table");
    let text: String = bytes.into_iter().map(char::from).collect();
    let rows = text.lines().skip(1).map(|line| line.split('\t').take(COLUMNS).map(str::to_owned));
    rows.map(|row| row.collect::<Vec<_>>().try_into().expect("enough columns")).collect()
}

#[test]
fn at_least_65_of_100_tag_assignments_name_a_genre() {
    let Some(data) = real_data() else {
        // Past the test harness, which hides what passing tests print.
        writeln!(io::stderr(), "skipped: the coverage of genres needs SIGNAL_DATA").expect("standard error");
        return;
    };
    let tags = table::<2>(&data.join("tags.dat")).into_iter();
    let tags: BTreeMap<_, _> = tags.map(|[id, tag]| (id, resolve(&tag))).collect();
    let assignments = table::<3>(&data.join("user_taggedartists.dat"));
    let facets: Vec<_> = assignments.iter().filter_map(|[_, _, tag]| tags[tag].map(Genre::facet)).collect();
    let styles = facets.iter().filter(|facet| **facet == Facet::Style).count();
    let (all, found) = (assignments.len(), facets.len());
    let distinct = tags.values().flatten().count();
    let told = format!(
        "genres: {found} of {all} tag assignments resolve, {styles} of them to a style and {} to a manner; \
         {distinct} of {} tags",
        found - styles,
        tags.len(),
    );
    writeln!(io::stderr(), "{told}").expect("standard error");
    assert_eq!(all, 186_479, "the published number");
    assert!(found * 100 >= all * 65, "{told}");
    assert!(styles * 100 >= all * 60, "{told}");
}
