//! Where the demo's file goes, and what the program and the file are called on a command line.

use std::path::{Path, PathBuf};

use signal_adapters::registry::file_of;

use crate::context::Context;
use crate::failure::Failure;

/// The file when none is named.
const FILE: &str = "signal-demo.db";

/// The file to build: `--db` where it was typed, else one in the current folder; never the user's own default.
pub(super) fn target(context: &Context) -> Result<PathBuf, Failure> {
    let global = &context.global;
    let Some(store) = global.db.as_ref().filter(|_| global.db_typed) else {
        return Ok(FILE.into());
    };
    let path = file_of(store).filter(|path| !path.as_os_str().is_empty()).ok_or_else(|| {
        Failure::wrong(format!("the demo is a file, and {store} is none")).hint("name one with `--db FILE`")
    })?;
    let own = Context::new(crate::args::Global { db: None, ..global.clone() }).store().ok();
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if own.is_some_and(|own| absolute(Path::new(&own)) == absolute(&path)) {
        return Err(Failure::wrong(format!("{} is where your own music lives", path.display()))
            .hint("leave out `--db`, and the demo goes to ./signal-demo.db"));
    }
    Ok(path)
}

/// The program as the person can type it again: by its name where it was found so, else by its path, from the
/// current folder where it lies in it.
pub(super) fn program() -> String {
    let typed = std::env::args_os().next().map_or_else(|| "signal".into(), PathBuf::from);
    if typed.components().count() == 1 && typed.is_relative() && !starts_with_dot(&typed) {
        return typable(&typed);
    }
    let exe = std::env::current_exe().unwrap_or(typed);
    let here = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    let inside = here.and_then(|here| exe.strip_prefix(here).ok());
    match inside {
        Some(inside) if inside.components().count() == 1 => typable(&Path::new(".").join(inside)),
        Some(inside) => typable(inside),
        None => typable(&exe),
    }
}

fn starts_with_dot(path: &Path) -> bool {
    path.to_str().is_none_or(|text| text.starts_with('.'))
}

/// A path as a shell takes it.
pub(super) fn typable(path: &Path) -> String {
    let text = path.display().to_string();
    let plain =
        |c: char| c.is_alphanumeric() || matches!(c, '/' | '\\' | '.' | '-' | '_' | '+' | ':' | '@' | ',');
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_the_shell() {
        assert_eq!(typable(Path::new("target/release/signal")), "target/release/signal");
        assert_eq!(typable(Path::new("my music/it's.db")), r"'my music/it'\''s.db'");
    }
}
