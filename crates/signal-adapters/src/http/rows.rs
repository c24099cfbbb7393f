//! Rows of an answer, each read on its own: one that is not as the others keeps nobody from reading them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// Reads a list; rows that cannot be read come out as nothing, as rows that are null do.
pub(crate) fn rows<'de, D, T>(deserializer: D) -> Result<Vec<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let rows = Vec::<serde_json::Value>::deserialize(deserializer)?;
    Ok(rows.into_iter().map(row).collect())
}

/// Reads a value that services also write as null.
#[cfg(any(feature = "apple_music", feature = "lastfm", feature = "listenbrainz", test))]
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads one row, if it can be read.
pub(crate) fn row<T: DeserializeOwned>(row: serde_json::Value) -> Option<T> {
    let read = serde_json::from_value(row);
    if read.is_err() {
        tracing::warn!("a row of an answer cannot be read, and is passed over");
    }
    read.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_as_good_as_nothing() {
        #[derive(Deserialize)]
        struct Named {
            #[serde(default, deserialize_with = "or_default")]
            name: String,
        }
        let name = |json| serde_json::from_str::<Named>(json).map(|named| named.name).ok();
        assert_eq!(name("{}"), Some(String::new()));
        assert_eq!(name(r#"{"name":null}"#), Some(String::new()));
        assert_eq!(name(r#"{"name":"Seven"}"#), Some("Seven".to_owned()));
        assert_eq!(name(r#"{"name":7}"#), None);
    }

    #[test]
    fn one_odd_row_takes_no_other_along() {
        #[derive(Deserialize)]
        struct List(#[serde(deserialize_with = "rows")] Vec<Option<u32>>);
        let list: List = serde_json::from_str(r#"[1, null, "two", {"three": 3}, 4]"#).expect("a list");
        assert_eq!(list.0, [Some(1), None, None, None, Some(4)]);
        assert!(serde_json::from_str::<List>("7").is_err());
    }
}
