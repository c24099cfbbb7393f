//! The paths that a source file names.
//!
//! Groups (`crate::{model, store::Store}`) are taken apart, and every path remembers the inline module it stands in,
//! because `super` depends on that.

use super::tokens::{Token, tokens};

/// A path as it is written, from `crate`, `self`, `super` or `std`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NamedPath {
    pub(super) line: usize,
    /// The inline modules around it, outermost first.
    pub(super) inside: Vec<String>,
    /// `["crate", "store", "Store"]`; a glob ends in `*`.
    pub(super) segments: Vec<String>,
}

/// Every path in `source` that starts at a root, in order.
pub(super) fn paths(source: &str) -> Vec<NamedPath> {
    Reader { tokens: tokens(source), inside: Vec::new(), found: Vec::new() }.read()
}

struct Reader {
    tokens: Vec<(usize, Token)>,
    /// Inline modules with the depth of braces they were opened at.
    inside: Vec<(String, usize)>,
    found: Vec<NamedPath>,
}

impl Reader {
    fn read(mut self) -> Vec<NamedPath> {
        let mut depth = 0;
        let mut at = 0;
        while let Some(token) = self.token(at).cloned() {
            match token {
                Token::Mark('{') => {
                    if let Some(name) = self.module_opened_at(at) {
                        self.inside.push((name, depth));
                    }
                    depth += 1;
                }
                Token::Mark('}') => {
                    depth = depth.saturating_sub(1);
                    self.inside.pop_if(|(_, opened)| *opened == depth);
                }
                Token::Word(word) if is_root(&word) && self.starts_path(at) => {
                    at = self.tree(at, &[]);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        self.found
    }

    fn token(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at).map(|(_, token)| token)
    }

    fn word(&self, at: usize) -> Option<&str> {
        match self.token(at) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn before(&self, at: usize, back: usize) -> Option<&Token> {
        at.checked_sub(back).and_then(|at| self.token(at))
    }

    /// `mod name {` with the brace at `at`.
    fn module_opened_at(&self, at: usize) -> Option<String> {
        let name = self.word(at.checked_sub(1)?)?;
        (self.word(at.checked_sub(2)?)? == "mod").then(|| name.to_owned())
    }

    /// Visibilities (`pub(crate)`, `pub(in super::super)`) and a lone `self` name nothing; `use super as x` does.
    fn starts_path(&self, at: usize) -> bool {
        let previous = self.before(at, 1);
        let within_path = previous == Some(&Token::Separator)
            && matches!(self.before(at, 2), Some(Token::Word(word)) if !precedes_path(word));
        let visibility =
            previous == Some(&Token::Word("in".to_owned())) && self.before(at, 2) == Some(&Token::Mark('('));
        let goes_on =
            self.token(at + 1) == Some(&Token::Separator) || previous == Some(&Token::Word("use".to_owned()));
        goes_on && !within_path && !visibility
    }

    /// Reads one tree of a path and gives the place after it.
    fn tree(&mut self, at: usize, prefix: &[String]) -> usize {
        match self.token(at).cloned() {
            Some(Token::Mark('{')) => self.group(at + 1, prefix),
            Some(Token::Mark('*')) => {
                self.note(at, [prefix, &["*".to_owned()]].concat());
                at + 1
            }
            Some(Token::Word(word)) => {
                let path = [prefix, &[word]].concat();
                if self.token(at + 1) == Some(&Token::Separator) && self.opens_more(at + 2) {
                    return self.tree(at + 2, &path);
                }
                self.note(at, path);
                at + 1
            }
            _ => at + 1,
        }
    }

    fn opens_more(&self, at: usize) -> bool {
        matches!(self.token(at), Some(Token::Word(_) | Token::Mark('{' | '*')))
    }

    fn group(&mut self, mut at: usize, prefix: &[String]) -> usize {
        loop {
            match self.token(at) {
                None => return at,
                Some(Token::Mark('}')) => return at + 1,
                Some(Token::Word(word)) if word == "as" => at += 2,
                Some(Token::Word(_) | Token::Mark('{' | '*')) => at = self.tree(at, prefix),
                Some(_) => at += 1,
            }
        }
    }

    fn note(&mut self, at: usize, segments: Vec<String>) {
        let line = self.tokens.get(at).map_or(0, |(line, _)| *line);
        let inside = self.inside.iter().map(|(name, _)| name.clone()).collect();
        self.found.push(NamedPath { line, inside, segments });
    }
}

fn is_root(word: &str) -> bool {
    matches!(word, "crate" | "self" | "super" | "std")
}

/// Keywords after which `::std` begins a path and does not continue one.
fn precedes_path(word: &str) -> bool {
    matches!(
        word,
        "use" | "return" | "in" | "as" | "dyn" | "impl" | "mut" | "match" | "if" | "while" | "else"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(source: &str) -> Vec<String> {
        paths(source).into_iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn takes_groups_apart() {
        assert_eq!(
            written("use crate::{model::{Time, user::*}, store as s, self};"),
            ["crate::model::Time", "crate::model::user::*", "crate::store", "crate::self"]
        );
    }

    #[test]
    fn finds_paths_in_expressions_and_types() {
        assert_eq!(
            written(
                "fn f(s: &dyn crate::store::Store) -> Vec<super::Edge> { self.go(std::fs::read::<u8>()); crate::trust::path(s) }"
            ),
            ["crate::store::Store", "super::Edge", "std::fs::read", "crate::trust::path"]
        );
    }

    #[test]
    fn visibilities_and_receivers_name_nothing() {
        assert_eq!(
            written("pub(crate) fn a(self) {} pub(in crate::store) fn b(&self) {} pub(super) mod c;"),
            [""; 0]
        );
    }

    #[test]
    fn renaming_a_root_is_seen() {
        assert_eq!(written("use crate as root; use super as up;"), ["crate", "super"]);
    }

    #[test]
    fn knows_line_and_inline_module() {
        let found = paths("fn a() { if x { y() } }\nmod tests {\n    use super::*;\n}\nuse self::b::C;\n");
        assert_eq!(
            found,
            [
                NamedPath {
                    line: 3,
                    inside: vec!["tests".into()],
                    segments: vec!["super".into(), "*".into()]
                },
                NamedPath { line: 5, inside: vec![], segments: vec!["self".into(), "b".into(), "C".into()] },
            ]
        );
    }
}
