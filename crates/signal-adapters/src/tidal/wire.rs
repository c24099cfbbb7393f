//! What Tidal answers: what is read of it. Fields that cannot be read are left out by the service without a word.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use signal_core::model::TrackRef;
use signal_core::platform::PlatformTrack;

use crate::http::rows;

#[derive(Deserialize)]
pub(super) struct Single<T> {
    pub(super) data: Resource<T>,
    #[serde(default, deserialize_with = "rows")]
    pub(super) included: Vec<Option<Resource<Attributes>>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
pub(super) struct Many<T> {
    #[serde(deserialize_with = "rows")]
    pub(super) data: Vec<Option<Resource<T>>>,
    #[serde(default, deserialize_with = "rows")]
    pub(super) included: Vec<Option<Resource<Attributes>>>,
    links: Option<Links>,
}

#[derive(Deserialize)]
struct Links {
    next: Option<String>,
    meta: Option<LinksMeta>,
}

#[derive(Deserialize)]
struct LinksMeta {
    #[serde(rename = "nextCursor")]
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Resource<T> {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) attributes: Option<T>,
    pub(super) meta: Option<Meta>,
    relationships: Option<Relationships>,
}

#[derive(Deserialize)]
pub(super) struct Meta {
    #[serde(rename = "addedAt")]
    pub(super) added_at: Option<String>,
}

#[derive(Deserialize)]
struct Relationships {
    artists: Option<Related>,
}

#[derive(Deserialize)]
struct Related {
    data: Option<Vec<Identifier>>,
}

#[derive(Deserialize)]
struct Identifier {
    id: String,
}

#[derive(Deserialize, Default)]
pub(super) struct UserAttributes {
    pub(super) username: Option<String>,
    pub(super) country: Option<String>,
}

/// Of tracks and artists.
#[derive(Deserialize)]
pub(super) struct Attributes {
    title: Option<String>,
    version: Option<String>,
    isrc: Option<String>,
    duration: Option<String>,
    name: Option<String>,
}

impl<T> Many<T> {
    /// The cursor of the next page: it is said by itself, and within an address that may be relative.
    pub(super) fn next(&self) -> Option<String> {
        let links = self.links.as_ref()?;
        let next = links.next.as_deref()?;
        let said = links.meta.as_ref().and_then(|meta| meta.next_cursor.clone());
        said.or_else(|| {
            let (_, query) = next.split_once('?')?;
            let mut parts = url::form_urlencoded::parse(query.as_bytes());
            parts.find(|(name, _)| name == "page[cursor]").map(|(_, value)| value.into_owned())
        })
    }
}

/// Included resources by kind and id.
pub(super) struct Included<'a>(BTreeMap<(&'a str, &'a str), &'a Resource<Attributes>>);

impl<'a> Included<'a> {
    pub(super) fn new(resources: &'a [Option<Resource<Attributes>>]) -> Self {
        Self(resources.iter().flatten().map(|one| ((one.kind.as_str(), one.id.as_str()), one)).collect())
    }

    pub(super) fn track(&self, id: &str) -> Option<PlatformTrack> {
        self.known(self.0.get(&("tracks", id))?)
    }

    /// The track as Signal knows it; none where its id is none.
    pub(super) fn known(&self, resource: &Resource<Attributes>) -> Option<PlatformTrack> {
        let by_id: TrackRef = format!("https://tidal.com/track/{}", resource.id).parse().ok()?;
        let attributes = resource.attributes.as_ref();
        let artists =
            resource.relationships.as_ref().and_then(|related| related.artists.as_ref()?.data.as_ref());
        let first = artists.and_then(|artists| artists.first());
        let artist = first
            .and_then(|first| self.0.get(&("artists", first.id.as_str()))?.attributes.as_ref()?.name.clone());
        let title = attributes.and_then(Attributes::whole_title);
        let track = match (artist, title) {
            (Some(artist), Some(title)) => by_id.with_names(&artist, &title),
            _ => by_id,
        };
        Some(PlatformTrack {
            track,
            isrc: attributes.and_then(|attributes| attributes.isrc.as_deref()?.parse().ok()),
            length_ms: attributes.and_then(Attributes::length_ms),
            genres: Vec::new(),
        })
    }
}

impl Attributes {
    /// The title with its version, such as "Live".
    fn whole_title(&self) -> Option<String> {
        let title = self.title.as_deref().filter(|title| !title.is_empty())?;
        Some(match self.version.as_deref().filter(|version| !version.is_empty()) {
            Some(version) => format!("{title} ({version})"),
            None => title.to_owned(),
        })
    }

    /// `PT2M58S`.
    fn length_ms(&self) -> Option<u32> {
        let length: jiff::SignedDuration = self.duration.as_deref()?.parse().ok()?;
        u32::try_from(length.as_millis()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_durations_and_versions_belong_to_titles() {
        let attributes = |text: &str| serde_json::from_str::<Attributes>(text).expect("attributes");
        let live = attributes(
            r#"{"title":"Song","version":"Live","duration":"PT1H2M58S","copyright":"℗ as a text"}"#,
        );
        assert_eq!((live.whole_title().as_deref(), live.length_ms()), (Some("Song (Live)"), Some(3_778_000)));
        let odd = attributes(r#"{"title":"Song","duration":"178","copyright":{"text":"℗ as an object"}}"#);
        assert_eq!((odd.whole_title().as_deref(), odd.length_ms()), (Some("Song"), None));
    }

    #[test]
    fn one_odd_resource_takes_no_other_along() {
        let many: Many<Attributes> = serde_json::from_str(
            r#"{"data":[{"id":"1","type":"tracks"},{"id":2,"type":"tracks"},null,{"type":"tracks"},{"id":"5","type":"tracks"}],
                "included":[{"id":"5","type":"tracks","attributes":{"title":"Five"}},{"id":"1","attributes":7}]}"#,
        )
        .expect("a page");
        let ids: Vec<_> = many.data.iter().flatten().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["1", "5"]);
        let included = Included::new(&many.included);
        assert!(included.track("5").is_some() && included.track("1").is_none());
        let single: Single<Attributes> =
            serde_json::from_str(r#"{"data":{"id":"1","type":"tracks"},"included":[7]}"#).expect("a track");
        assert!(Included::new(&single.included).known(&single.data).is_some());
    }

    #[test]
    fn the_next_page_is_found_in_the_address_where_it_is_not_said() {
        let many = |links: &str| {
            serde_json::from_str::<Many<Attributes>>(&format!(r#"{{"data":[],"links":{links}}}"#))
                .expect("a page")
                .next()
        };
        assert_eq!(many(r#"{"self":"/x","next":"/x?page%5Bcursor%5D=a%2Bb"}"#).as_deref(), Some("a+b"));
        assert_eq!(many(r#"{"next":"/x?page[cursor]=a","meta":{"nextCursor":"b"}}"#).as_deref(), Some("b"));
        assert_eq!(many(r#"{"self":"/x"}"#), None);
    }
}
