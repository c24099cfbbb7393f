//! Listens lie in partitions, one a month: what is too old goes by dropping tables.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use signal_core::model::{Span, Timestamp};
use signal_core::store::Result;
use sqlx::{AssertSqlSafe, PgConnection};

use super::error::Doing;
use super::{LEAVING, MONTHS, PostgresStore, clock, plays};

/// Months that get their partition before they begin.
const AHEAD: i32 = 2;

/// A month of UTC: its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Month(Date);

impl Month {
    fn of(at: Timestamp) -> Option<Self> {
        let day = jiff::Timestamp::from_microsecond(at.micros()).ok()?.to_zoned(TimeZone::UTC).date();
        Some(Self(day.first_of_month()))
    }

    /// The month so many months later.
    fn later(self, months: i32) -> Option<Self> {
        self.0.checked_add(jiff::Span::new().months(months)).ok().map(Self)
    }

    /// Its first instant in microseconds.
    fn begin(self) -> Option<i64> {
        Some(self.0.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond())
    }

    /// `listens_2026_03`.
    fn table(self) -> String {
        format!("listens_{:04}_{:02}", self.0.year(), self.0.month())
    }

    /// The month of a table.
    fn parse(table: &str) -> Option<Self> {
        let (year, month) = table.strip_prefix("listens_")?.split_once('_')?;
        Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok().map(Self)
    }
}

/// The months that have a partition, sorted.
async fn known(connection: &mut PgConnection) -> Result<Vec<Month>, sqlx::Error> {
    const TABLES: &str = "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
                          WHERE i.inhparent = 'listens'::regclass";
    let tables: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(connection).await?;
    let mut months: Vec<_> = tables.iter().filter_map(|table| Month::parse(table)).collect();
    months.sort_unstable();
    Ok(months)
}

/// How long a process takes it that the partitions are there.
const LOOK_AGAIN: Duration = Duration::from_hours(1);

/// When a process has last seen to the partitions.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<Option<Instant>>);

impl Seen {
    /// Whether it is time again; who asks is the one to do it.
    fn is_due(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| last.elapsed() >= LOOK_AGAIN);
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}

/// Sees to the partitions of now, once an hour. Without them listens lie in the rest, which is slower and no loss.
pub(super) async fn keep(store: &PostgresStore) {
    if store.months.is_due()
        && let Err(error) = make(store, clock::now()).await
    {
        tracing::warn!(%error, "listens stay in the partition of the rest");
    }
}

/// Makes the partitions of the month of an instant and of those that follow, and moves there what lies in the rest.
pub(super) async fn make(store: &PostgresStore, now: Timestamp) -> Result<()> {
    const DOING: &str = "make the partitions of the months to come";
    let Some(month) = Month::of(now) else {
        return Ok(());
    };
    let wanted: Vec<_> = (0..=AHEAD).filter_map(|n| month.later(n)).collect();
    let mut connection = store.pool.acquire().await.doing(DOING)?;
    let there = known(&mut connection).await.doing(DOING)?;
    drop(connection);
    if wanted.iter().all(|month| there.contains(month)) {
        return Ok(());
    }
    let mut work = store.begin_alone(MONTHS, DOING).await?;
    let there = known(&mut work).await.doing(DOING)?;
    for month in wanted.into_iter().filter(|month| !there.contains(month)) {
        let (Some(begin), Some(end)) = (month.begin(), month.later(1).and_then(Month::begin)) else {
            continue;
        };
        let statements = statements(&month.table(), begin, end);
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut *work).await.doing(DOING)?;
    }
    work.commit().await.doing(DOING)
}

/// What makes one partition; of names and numbers made here.
fn statements(table: &str, begin: i64, end: i64) -> String {
    format!(
        "LOCK TABLE ONLY listens IN SHARE UPDATE EXCLUSIVE MODE; LOCK TABLE listens_rest IN ACCESS EXCLUSIVE MODE;
         CREATE TABLE {table} (LIKE listens INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);
         INSERT INTO {table} SELECT * FROM listens_rest WHERE start >= {begin} AND start < {end};
         DELETE FROM listens_rest WHERE start >= {begin} AND start < {end};
         ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
         CREATE POLICY everything ON {table} TO CURRENT_USER USING (true);
         ALTER TABLE listens ATTACH PARTITION {table} FOR VALUES FROM ({begin}) TO ({end})"
    )
}

/// Folds one month as [`signal_core::store::HistoryStore::fold_listens`] says: its partition goes as a whole.
pub(super) async fn fold(store: &PostgresStore, before: Timestamp, short_ms: u32) -> Result<u64> {
    const DOING: &str = "fold old listens";
    const ABOUT_PEOPLE: &str = "SELECT pg_advisory_xact_lock_shared($1, hashtext(current_schema()))";
    const ALONE: &str = "LOCK TABLE listens IN SHARE ROW EXCLUSIVE MODE; SET LOCAL statement_timeout = 0";
    let mut work = store.begin_alone(MONTHS, DOING).await?;
    sqlx::query(ABOUT_PEOPLE).bind(LEAVING).execute(&mut *work).await.doing(DOING)?;
    // Nobody adds a listen between the count and the end of what was counted.
    sqlx::raw_sql(ALONE).execute(&mut *work).await.doing(DOING)?;
    let oldest: Option<i64> =
        sqlx::query_scalar("SELECT min(start) FROM listens").fetch_one(&mut *work).await.doing(DOING)?;
    let month = oldest.and_then(|oldest| Span::month_of(Timestamp::from_micros(oldest)));
    let Some(month) = month.filter(|month| month.to <= before) else {
        return Ok(0);
    };
    plays::count_month(&mut work, month, short_ms).await.doing(DOING)?;
    let gone = delete_before(&mut work, month.to).await.doing(DOING)?;
    work.commit().await.doing(DOING)?;
    Ok(gone)
}

/// Deletes all listens of before an instant, months that have a partition as a whole; gives how many went.
async fn delete_before(connection: &mut PgConnection, before: Timestamp) -> Result<u64, sqlx::Error> {
    const REST: &str = "DELETE FROM listens WHERE start < $1";
    let mut gone = 0;
    for month in known(connection).await? {
        let ends = month.later(1).and_then(Month::begin);
        if ends.is_none_or(|end| end > before.micros()) {
            continue;
        }
        let table = month.table();
        let count = format!("SELECT count(*) FROM {table}");
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *connection).await?;
        sqlx::raw_sql(AssertSqlSafe(format!("DROP TABLE {table}"))).execute(&mut *connection).await?;
        gone += u64::try_from(rows).unwrap_or_default();
    }
    gone += sqlx::query(REST).bind(before.micros()).execute(connection).await?.rows_affected();
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(at: &str) -> Month {
        Month::of(at.parse().expect("a time")).expect("a month")
    }

    #[test]
    fn months_begin_where_the_one_before_ends() {
        let last = month("2026-12-31T23:59:59Z");
        assert_eq!(last.table(), "listens_2026_12");
        let next = last.later(1).expect("a month");
        assert_eq!(next, month("2027-01-01T00:00:00Z"));
        let begin: Timestamp = "2027-01-01T00:00:00Z".parse().expect("a time");
        assert_eq!(next.begin(), Some(begin.micros()));
        assert_eq!(Month::parse("listens_2026_12"), Some(last));
        for other in ["listens_rest", "listens", "listens_2026_13", "listens_x_01"] {
            assert_eq!(Month::parse(other), None, "{other}");
        }
    }

    #[test]
    fn instants_beyond_the_calendar_have_no_month() {
        assert_eq!(Month::of(Timestamp::MAX), None);
    }
}
