//! Opens a database: is it ours, and which tables does it lack?

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use signal_core::store::StoreError;
use surrealdb_types::{Bytes, RecordId, RecordIdKey, SurrealValue, Value, object};

use super::error::{Doing, Read, damaged};
use super::link::{Asks, Link, Tries, Work};
use super::place::Place;
use super::{SurrealOptions, SurrealStore, engine, rewrite, row, server};

/// A numbered step of the schema. A step that was shipped never changes.
struct Migration {
    version: i64,
    name: &'static str,
    text: &'static str,
}

const MIGRATIONS: [Migration; 1] =
    [Migration { version: 1, name: "foundation", text: include_str!("migrations/0001_foundation.surql") }];

impl Migration {
    fn checksum(&self) -> Vec<u8> {
        Sha256::digest(self.text.as_bytes()).to_vec()
    }
}

pub(super) async fn open(url: &str, how: SurrealOptions) -> Result<SurrealStore, StoreError> {
    let place = match Place::parse(url)? {
        Place::Folder(path) => Place::Folder(std::path::absolute(&path).unwrap_or(path)),
        place => place,
    };
    let shown = place.shown();
    let unusable = |reason: String| StoreError::Unusable { what: shown.clone(), reason };
    let link = match &place {
        Place::Memory => engine::start("mem://".to_owned(), how).await.map_err(unusable)?,
        Place::Folder(path) => {
            rewrite::mend(path).map_err(unusable)?;
            let text = prepare(path).map_err(unusable)?;
            rewrite::rewrite(path, how).await.map_err(|error| unusable(engine::told(error)))?;
            engine::start(format!("surrealkv://{text}"), how).await.map_err(unusable)?
        }
        Place::Server(server) => server::connect(server).await.map_err(unusable)?,
    };
    match migrate(&link).await.doing("prepare the database")? {
        Ok(()) => Ok(SurrealStore { link, appends: Arc::default(), place: Arc::new(place), options: how }),
        Err(reason) => {
            link.close().await;
            Err(unusable(reason))
        }
    }
}

/// Makes the folders for what is not there, and gives the path of what may be there: nothing, an empty folder or ours.
fn prepare(path: &Path) -> Result<String, String> {
    if path.exists() && !path.is_dir() {
        return Err("it is a file: SurrealKV keeps its files in a folder".to_owned());
    }
    if !path.exists() {
        std::fs::create_dir_all(path).map_err(|error| format!("its folder cannot be made: {error}"))?;
    }
    let mut files = std::fs::read_dir(path).map_err(|error| error.to_string())?;
    if !path.join("manifest").exists() && files.next().is_some() {
        return Err("the folder holds something else".to_owned());
    }
    let text = path.to_str().ok_or("its path is no text")?;
    // The engine takes what follows a question mark for settings.
    if text.contains('?') {
        return Err("its path holds a question mark".to_owned());
    }
    Ok(text.to_owned())
}

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
struct MigrationRow {
    id: RecordId,
    checksum: Bytes,
}

impl MigrationRow {
    fn step(self) -> Read<(i64, Vec<u8>)> {
        match self.id.key {
            RecordIdKey::Number(version) => Ok((version, self.checksum.to_vec())),
            _ => Err(damaged("migration", "its key is no number")),
        }
    }
}

/// Adds what is missing, all or nothing; the inner error says why the database cannot be ours.
pub(super) async fn migrate(link: &Link) -> Read<Result<(), String>> {
    let mut tries = Tries::default();
    loop {
        let work = link.begin().await?;
        let done = migrate_once(&work).await;
        if let Some(done) = work.finish(done, &mut tries).await? {
            return Ok(done);
        }
    }
}

async fn migrate_once(work: &Work) -> Read<Result<(), String>> {
    const TABLE: &str = "DEFINE TABLE IF NOT EXISTS migration SCHEMAFULL; \
        DEFINE FIELD IF NOT EXISTS name ON migration TYPE string; \
        DEFINE FIELD IF NOT EXISTS checksum ON migration TYPE bytes;";
    let tables = tables(work).await?;
    let mut rows = Vec::new();
    if tables.iter().any(|table| table == "migration") {
        let found = work.ask("SELECT id, checksum FROM migration", object! {}).await?;
        let found = row::rows::<MigrationRow>(found)?;
        rows = found.into_iter().map(MigrationRow::step).collect::<Read<_>>()?;
    } else if !tables.is_empty() {
        let reason = "it has tables of another program: give Signal a database of its own";
        return Ok(Err(reason.to_owned()));
    }
    let version = match judge(&rows) {
        Ok(version) => version,
        Err(reason) => return Ok(Err(reason)),
    };
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > version) {
        work.ask(TABLE, object! {}).await?;
        work.ask(migration.text, object! {}).await?;
        let id = RecordId::new("migration", RecordIdKey::Number(migration.version));
        let row = object! { id: id, name: migration.name, checksum: row::bytes(migration.checksum()) };
        row::write(work, "INSERT INTO migration $rows RETURN NONE", vec![row]).await?;
    }
    Ok(Ok(()))
}

/// The names of all tables.
async fn tables(work: &Work) -> Read<Vec<String>> {
    let Value::Object(about) = work.ask("INFO FOR DB", object! {}).await? else {
        return Err(damaged("the database", "it tells nothing about itself"));
    };
    match about.into_inner().remove("tables") {
        Some(Value::Object(tables)) => Ok(tables.into_inner().into_keys().collect()),
        _ => Err(damaged("the database", "it does not tell its tables")),
    }
}

fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

fn judge(rows: &[(i64, Vec<u8>)]) -> Result<i64, String> {
    for (version, checksum) in rows {
        let known = MIGRATIONS.iter().find(|migration| migration.version == *version);
        match known {
            Some(known) if known.checksum() == *checksum => {}
            Some(_) => return Err(format!("step {version} of its schema is not the one this Signal knows")),
            None => {
                return Err(format!(
                    "a newer Signal wrote it (schema {version}, this one knows up to {}): use the newer one",
                    newest()
                ));
            }
        }
    }
    Ok(rows.iter().map(|(version, _)| *version).max().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_judged_step_by_step() {
        let known: Vec<_> =
            MIGRATIONS.iter().map(|migration| (migration.version, migration.checksum())).collect();
        assert_eq!(judge(&[]), Ok(0));
        assert_eq!(judge(&known), Ok(newest()));
        let newer = [known.clone(), vec![(900, vec![1])]].concat();
        assert!(judge(&newer).expect_err("it is newer").contains("schema 900"));
        let other = [(known[0].0, vec![1])];
        assert!(judge(&other).expect_err("it is another").contains("step 1"));
    }
}
