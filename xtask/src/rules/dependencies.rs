//! What `signal-core` may not depend on, however indirectly.

/// Why a dependency is refused, and the crates it is refused for. A name also covers its family, `tokio` for `tokio-util`.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "an async runtime is the caller's choice",
        &[
            "tokio",
            "async-std",
            "async-executor",
            "async-global-executor",
            "smol",
            "monoio",
            "compio",
            "glommio",
        ],
    ),
    (
        "only adapters do I/O",
        &[
            "mio", "polling", "async-io", "socket2", "rustix", "tempfile", "memmap2", "walkdir", "notify",
            "etcetera",
        ],
    ),
    (
        "only adapters and doors speak over a network",
        &[
            "reqwest",
            "hyper",
            "ureq",
            "curl",
            "axum",
            "tower",
            "actix",
            "warp",
            "tonic",
            "rustls",
            "native-tls",
            "openssl",
        ],
    ),
    (
        "stores live in adapters",
        &[
            "sqlx",
            "rusqlite",
            "libsqlite3-sys",
            "surrealdb",
            "postgres",
            "tokio-postgres",
            "diesel",
            "sea-orm",
            "redis",
            "rocksdb",
            "sled",
            "redb",
        ],
    ),
    ("randomness comes from a seed or from the host's entropy", &["getrandom"]),
    ("only the doors print", &["indicatif", "console", "clap", "tracing-subscriber", "env_logger"]),
];

/// A package and one of its dependencies below which nothing is refused. `gemm-common` asks Apple's kernels, and no other,
/// for the size of the processor's caches; what `sysctl` brings beside that is called by nobody.
const EXCEPTED: [&str; 2] = ["gemm-common", "sysctl"];

/// Reads `cargo tree --prefix depth` and names every refused package with the path that leads to it.
pub(super) fn violations(tree: &str, ours: &[String]) -> Vec<String> {
    let mut path: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for line in tree.lines() {
        let Some((depth, name)) = package(line) else {
            found.push(format!("cargo tree wrote a line unknown to this rule: {line}"));
            continue;
        };
        path.truncate(depth);
        path.push(name);
        let excepted = path.windows(EXCEPTED.len()).any(|steps| steps == EXCEPTED);
        if depth > 0
            && !excepted
            && let Some(reason) = refusal(name, ours)
        {
            found.push(format!("{}: {reason}", path.join(" -> ")));
        }
    }
    if path.is_empty() {
        found.push("cargo tree listed no package".to_owned());
    }
    found.sort();
    found.dedup();
    found
}

/// The depth and the name in a line like `2 serde_core v1.0.229`.
fn package(line: &str) -> Option<(usize, &str)> {
    let mut words = line.split_whitespace();
    let depth = words.next()?.parse().ok()?;
    Some((depth, words.next()?))
}

fn refusal(name: &str, ours: &[String]) -> Option<&'static str> {
    if ours.iter().any(|own| own == name) {
        return Some("the core depends on no other crate of ours");
    }
    let covers = |refused: &str| {
        name.strip_prefix(refused).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    REFUSED.iter().find(|(_, names)| names.iter().any(|refused| covers(refused))).map(|(reason, _)| *reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tree: &str) -> Vec<String> {
        violations(tree, &["signal-core".to_owned(), "signal-adapters".to_owned()])
    }

    #[test]
    fn a_pure_tree_passes() {
        let tree = "0 signal-core v0.1.0 (/house/crates/signal-core)\n1 serde v1.0.229\n2 serde_core v1.0.229\n1 sha2 v0.11.1\n";
        assert_eq!(check(tree), Vec::<String>::new());
    }

    #[test]
    fn an_exception_covers_its_own_path_alone() {
        let through = |first: &str| {
            format!("0 signal-core v0.1.0\n1 {first} v0.19.0\n2 sysctl v0.6.0\n3 walkdir v2.5.1\n")
        };
        assert_eq!(check(&through("gemm-common")), Vec::<String>::new());
        assert_eq!(
            check(&through("other")),
            ["signal-core -> other -> sysctl -> walkdir: only adapters do I/O"]
        );
    }

    #[test]
    fn a_hidden_source_of_randomness_is_found_with_its_path() {
        let tree =
            "0 signal-core v0.1.0\n1 serde v1.0.229\n1 uuid v1.29.3\n2 getrandom v0.4.3\n1 libm v0.2.16\n";
        assert_eq!(
            check(tree),
            ["signal-core -> uuid -> getrandom: randomness comes from a seed or from the host's entropy"]
        );
    }

    #[test]
    fn a_runtime_a_database_and_an_adapter_are_refused() {
        let tree = "0 signal-core v0.1.0\n1 tokio-util v0.7.0\n1 sqlx-sqlite v0.9.0\n1 signal-adapters v0.1.0 (/house)\n";
        assert_eq!(
            check(tree),
            [
                "signal-core -> signal-adapters: the core depends on no other crate of ours",
                "signal-core -> sqlx-sqlite: stores live in adapters",
                "signal-core -> tokio-util: an async runtime is the caller's choice",
            ]
        );
    }

    #[test]
    fn a_name_that_only_begins_alike_is_another_crate() {
        assert_eq!(
            check("0 signal-core v0.1.0\n1 smol_str v0.3.0\n1 redbean v1.0.0\n"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn repeated_packages_are_told_once() {
        let tree = "0 signal-core v0.1.0\n1 mio v1.2.5\n1 mio v1.2.5 (*)\n";
        assert_eq!(check(tree).len(), 1);
    }

    #[test]
    fn an_empty_or_strange_answer_is_no_pass() {
        assert_eq!(check(""), ["cargo tree listed no package"]);
        assert_eq!(check("signal-core").len(), 2);
    }
}
