//! Free words of the command line, or of standard input where they are `-`.

use std::io::Read;

use crate::failure::Failure;

/// The most that is read from standard input; what people may write is far shorter.
const LIMIT: u64 = 1 << 20;

/// The words that an argument means.
pub(super) fn read(argument: &str) -> Result<String, Failure> {
    if argument == "-" { from(std::io::stdin().lock()) } else { Ok(argument.to_owned()) }
}

fn from(input: impl Read) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    input
        .take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::world(format!("cannot read standard input: {error}")))?;
    if bytes.len() as u64 > LIMIT {
        return Err(Failure::wrong("the text on standard input is longer than 1 MiB").hint("write less"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to();
        Failure::wrong(format!("standard input is not UTF-8 text (byte {byte})"))
            .hint("save the text as UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_foreign_bytes_are_refused_and_words_kept() {
        assert_eq!(from("hello\n".as_bytes()).expect("text"), "hello\n");
        let long = from(std::io::repeat(b'x')).expect_err("too long");
        assert_eq!(long.message(), "the text on standard input is longer than 1 MiB");
        let foreign = from(&[b'a', 0xff][..]).expect_err("not text");
        assert_eq!(foreign.message(), "standard input is not UTF-8 text (byte 1)");
    }
}
