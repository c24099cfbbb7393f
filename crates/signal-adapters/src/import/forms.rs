//! Texts that look like a history and are in a form that is not read, so that they are not passed over in silence.

use super::recognise::is_json;

const UTF_16: &str = "UTF-16 text; only UTF-8 is read";
const NO_UTF_8: &str = "no UTF-8 text";

/// Why a text that looks like a table or like JSON cannot be read, going by its first bytes.
pub(super) fn unread(head: &[u8]) -> Option<&'static str> {
    let (text, what) = match head {
        [0xff, 0xfe, wide @ ..] => (utf_16(wide, u16::from_le_bytes), UTF_16),
        [0xfe, 0xff, wide @ ..] => (utf_16(wide, u16::from_be_bytes), UTF_16),
        // What is merely cut at its end is not wrong.
        _ => match std::str::from_utf8(head) {
            Err(error) if error.error_len().is_some() => {
                (head.iter().copied().map(char::from).collect(), NO_UTF_8)
            }
            _ => return None,
        },
    };
    (is_text(&text) && (is_json(text.as_bytes()) || is_table(&text))).then_some(what)
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(unit);
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Pictures and programs hold control characters, texts do not.
fn is_text(text: &str) -> bool {
    !text.contains(|c: char| c < ' ' && !matches!(c, '\t' | '\r' | '\n'))
}

/// Whether the first two lines have the same columns, at least three.
fn is_table(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else { return false };
    ['\t', ',', ';'].iter().any(|separator| {
        let separators = |line: &str| line.matches(*separator).count();
        separators(first) >= 2 && separators(first) == separators(second)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_history_is_told_and_other_files_are_not() {
        let wide = |text: &str| {
            let units = text.encode_utf16().flat_map(u16::to_be_bytes);
            [0xfe, 0xff].into_iter().chain(units).collect::<Vec<u8>>()
        };
        let table = "Time,Artist,Track\n1,A,T\n";
        assert_eq!(unread(&wide(table)), Some(UTF_16));
        assert_eq!(unread(&wide("[{}]")), Some(UTF_16));
        assert_eq!(unread(b"Zeit;K\xfcnstler;Titel\n1;A;T\n"), Some(NO_UTF_8));
        assert_eq!(unread(b"[{\"K\xfcnstler\": 1}]"), Some(NO_UTF_8));
        for other in [
            wide("words, and more words"),
            table.as_bytes().to_vec(),
            b"K\xfcnstler, die\nwir lieben".to_vec(),
            b"\x89PNG\r\n\x1a\n,,\n,,\n".to_vec(),
            "[{\"Künstler".as_bytes()[..5].to_vec(),
            Vec::new(),
        ] {
            assert_eq!(unread(&other), None, "{other:?}");
        }
    }
}
