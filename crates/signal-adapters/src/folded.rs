//! Which months of a person's listens a source counts already.

use std::collections::BTreeSet;

use signal_core::model::{Listen, Span, Timestamp, UserId};

/// Person, source and first instant of a month.
pub(crate) type Folded = BTreeSet<(UserId, String, Timestamp)>;

/// Whether a listen is in its source's count of its month.
pub(crate) fn is_folded(folded: &Folded, listen: &Listen) -> bool {
    // Most people have nothing folded: nobody asks the calendar for them.
    !folded.is_empty()
        && Span::month_of(listen.start)
            .is_some_and(|month| folded.contains(&(listen.user, listen.source.clone(), month.from)))
}
