//! The signature of a call.

use md5::{Digest, Md5};

/// MD5 of all parts but `format` and `callback`, sorted by name as ASCII, each name followed by its value, and then the
/// secret; in hexadecimal.
pub(super) fn signature(parts: &[(&str, &str)], secret: &str) -> String {
    let mut parts: Vec<_> = parts.iter().filter(|(name, _)| !["format", "callback"].contains(name)).collect();
    parts.sort_unstable_by_key(|(name, _)| *name);
    let mut digest = Md5::new();
    for (name, value) in parts {
        digest.update(name);
        digest.update(value);
    }
    digest.update(secret);
    hex::encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_verified_calls() {
        let session = [
            ("method", "auth.getSession"),
            ("token", "YOUR_REQUESTED_TOKEN"),
            ("api_key", "YOUR_API_KEY"),
            ("format", "json"),
        ];
        assert_eq!(signature(&session, "YOUR_SECRET"), "94539006de89b3c6b3c030bb1e52b9c4");
        let love = [
            ("track", "RAINSICK"),
            ("sk", "YOUR_SESSION_KEY"),
            ("method", "track.love"),
            ("artist", "KITANO REM"),
            ("api_key", "YOUR_API_KEY"),
        ];
        assert_eq!(signature(&love, "YOUR_SECRET"), "800b8884b00c9343d1d425ed271e0f42");
    }

    #[test]
    fn numbered_names_sort_as_text() {
        let ten_first = signature(&[("artist[1]", "b"), ("artist[10]", "a")], "s");
        assert_eq!(ten_first, hex::encode(Md5::digest("artist[10]aartist[1]bs")));
    }
}
