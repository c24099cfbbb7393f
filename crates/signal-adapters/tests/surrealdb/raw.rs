//! The database below the adapter.

use std::path::Path;
use std::sync::Arc;

use surrealdb_core::dbs::Session;
use surrealdb_core::kvs::Datastore;
use surrealdb_types::{ToSql, Value};

pub(crate) struct Raw {
    engine: Arc<Datastore>,
    session: Session,
}

impl Raw {
    pub(crate) async fn open(folder: &Path) -> Self {
        let path = format!("surrealkv://{}", folder.display());
        let engine = Datastore::builder().without_maintenance_tasks().build_with_path(&path).await;
        let engine = engine.expect("the engine starts");
        engine.check_version().await.expect("a version");
        let mut session = Session::owner();
        let name = || Some("signal".to_owned());
        engine.process_use(None, &mut session, name(), name()).await.expect("a database");
        Self { engine, session }
    }

    pub(crate) async fn ask(&self, text: &str) -> Value {
        let mut answers = self.engine.execute(text, &self.session, None).await.expect("an answer");
        answers.pop().expect("an answer").result.unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    pub(crate) async fn close(self) {
        self.engine.shutdown().await.expect("the engine stops");
    }

    /// Every record of every table, as text; bytes that are text are read as such.
    pub(crate) async fn dump(&self) -> String {
        let Value::Object(about) = self.ask("INFO FOR DB").await else { panic!("no object") };
        let Some(Value::Object(tables)) = about.get("tables") else { panic!("no tables") };
        assert!(tables.len() > 25, "{}", tables.len());
        let mut dump = String::new();
        for table in tables.keys() {
            written(&self.ask(&format!("SELECT * FROM {table}")).await, &mut dump);
        }
        dump
    }
}

fn written(value: &Value, dump: &mut String) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| written(value, dump)),
        Value::Object(values) => values.iter().for_each(|(_, value)| written(value, dump)),
        Value::Bytes(bytes) => dump.push_str(&String::from_utf8_lossy(bytes)),
        other => dump.push_str(&other.to_sql()),
    }
    dump.push(' ');
}
