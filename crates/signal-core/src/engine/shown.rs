//! How answers spell values on the wire: times as RFC 3339, scores as fractions, stars as stars.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]

/// An instant.
pub(super) mod time {
    use serde::Serializer;

    use crate::model::Timestamp;

    pub(in super::super) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(at)
    }
}

/// An instant that may not be known.
pub(super) mod some_time {
    use serde::Serializer;

    use crate::model::Timestamp;

    #[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
    pub(in super::super) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => to.collect_str(at),
            None => to.serialize_none(),
        }
    }
}

/// A score in [0, 1].
pub(super) mod fraction {
    use serde::{Serialize, Serializer};

    use crate::model::Millionths;

    #[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
    pub(in super::super) fn serialize<S: Serializer>(
        score: &Option<Millionths>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        score.map(Millionths::as_f64).serialize(to)
    }
}

/// Stars, 0 to 5 in halves.
pub(super) mod stars {
    use serde::{Serialize, Serializer};

    use crate::model::Stars;

    #[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
    pub(in super::super) fn serialize<S: Serializer>(
        stars: &Option<Stars>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        stars.map(|stars| f64::from(stars.halves()) / 2.0).serialize(to)
    }
}
