//! Just enough of Rust's lexical grammar to find paths: comments, strings and characters are skipped.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Separator,
    Mark(char),
}

/// The tokens of `source`, each with its line.
pub(super) fn tokens(source: &str) -> Vec<(usize, Token)> {
    let mut found = Vec::new();
    let mut line = 1;
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (length, token) = next(rest, first);
        let (read, after) = rest.split_at(length.min(rest.len()));
        if let Some(token) = token {
            found.push((line, token));
        }
        line += read.matches('\n').count();
        rest = after;
    }
    found
}

/// The length of what stands at the start of `rest`, and the token it makes, if any.
fn next(rest: &str, first: char) -> (usize, Option<Token>) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), None);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), None);
    }
    if let Some(length) = raw_string(rest) {
        return (length, None);
    }
    match first {
        '"' => (quoted(rest, '"'), None),
        '\'' => (character(rest), None),
        ':' if rest.starts_with("::") => (2, Some(Token::Separator)),
        _ if first.is_alphanumeric() || first == '_' => {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            (length, Some(Token::Word(rest[..length].to_owned())))
        }
        _ if first.is_whitespace() => (first.len_utf8(), None),
        _ => (first.len_utf8(), Some(Token::Mark(first))),
    }
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let ahead = &rest.as_bytes()[at..];
        if ahead.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if ahead.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of `r"…"`, `br#"…"#` and the like; `None` for anything else, raw identifiers included.
fn raw_string(rest: &str) -> Option<usize> {
    let start = ["r", "br", "cr"]
        .iter()
        .find(|start| rest.strip_prefix(**start).is_some_and(|after| after.starts_with(['"', '#'])))?;
    let after = &rest[start.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let opening = start.len() + hashes + 1;
    Some(body.find(&end).map_or(rest.len(), |at| opening + at + end.len()))
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// A character literal as a whole; of a lifetime only the tick.
fn character(rest: &str) -> usize {
    let mut following = rest.chars().skip(1);
    match (following.next(), following.next()) {
        (Some('\\'), _) => quoted(rest, '\''),
        (Some(c), Some('\'')) => 2 + c.len_utf8(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_comments_strings_and_characters() {
        let source = r###"
            // use crate::a::b;
            /* crate::c /* crate::d */ crate::e */
            let s = "crate::f \" crate::g";
            let r = r##"crate::h "# crate::i"##;
            let c = ('"', '\'', b'{', 'x');
            fn f<'a>(x: &'a crate::j::K) {}
        "###;
        let words: Vec<String> = tokens(source)
            .into_iter()
            .filter_map(|(_, token)| match token {
                Token::Word(word) => Some(word),
                _ => None,
            })
            .collect();
        assert_eq!(words.join(" "), "let s let r let c b fn f a x a crate j K");
    }

    #[test]
    fn an_unfinished_file_ends_quietly() {
        for source in ["\"open", "/* open", "r#\"open", "'\\", "'", "crate::"] {
            assert!(tokens(source).len() <= 2, "{source}");
        }
    }
}
