//! The class `Signal`.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray2};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatchReader;
use serde_json::Value;
use signal_adapters::SystemHost;
use signal_adapters::registry::without_secrets;
use signal_core::engine::{Engine, EngineError, ImportAnswer, ImportOptions, Imported};
use signal_core::model::{Claim, Handle, UserId, VECTOR_DIMENSIONS, Viewer};
use signal_core::store::{MemoryStore, Store};

use crate::answer::{fields, object};
use crate::failure::Failure;
use crate::run::{detached, run};
use crate::table::{self, Reader};

/// The source of people in tables, unless the caller names another.
const SOURCE: &str = "py";
/// Users asked for at once.
const CHUNK: usize = 1_000;

/// A community: a store, and the engine over it. Whoever opens it is its operator.
///
/// Make one with `Signal.open(url)` or `Signal.memory()`. Arguments that name a person take a handle, a name with its
/// source (`py:ana`), a UUID, or the bare name as a table had it.
#[pyclass(frozen, module = "signal_music")]
#[derive(Debug)]
pub(crate) struct Signal {
    engine: Engine,
    place: String,
    /// Sources whose bare names may stand for people.
    sources: Mutex<BTreeSet<String>>,
}

impl Signal {
    fn new(store: Arc<dyn Store>, place: String) -> Self {
        let engine = Engine::new(store, Arc::new(SystemHost::new()));
        Self { engine, place, sources: Mutex::new(BTreeSet::from([SOURCE.to_owned()])) }
    }

    /// Reads a table, imports it, and rebuilds the profiles.
    fn import<'py>(
        &self,
        py: Python<'py>,
        table: &Bound<'py, PyAny>,
        source: String,
        read: impl FnOnce(Reader) -> Result<Vec<Imported>, Failure> + Send,
    ) -> PyResult<Bound<'py, PyAny>> {
        let table = reader(table)?;
        let records = detached(py, || {
            let claim = Claim::new(&source, "x").map_err(|_| bad_source(&source))?;
            // A colon would end the source early.
            if claim.source() != source {
                return Err(bad_source(&source));
            }
            read(table)
        })?;
        let answer = run(py, async {
            let answer = self.take(records, source).await?;
            fields(&answer)
        })?;
        object(py, &answer)
    }

    async fn take(&self, records: Vec<Imported>, source: String) -> Result<ImportAnswer, Failure> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).insert(source.clone());
        let options = ImportOptions { source, person: None };
        let answer = self.engine.import(&mut records.into_iter(), &options, &|_| {}).await?;
        self.engine.build_profiles().await?;
        Ok(answer)
    }

    /// A person by handle, claim or UUID, else by the bare name that a table gave them.
    async fn person(&self, name: &str) -> Result<UserId, Failure> {
        if let Some(user) = self.known(name).await? {
            return Ok(user);
        }
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut found = BTreeSet::new();
        for claim in sources.iter().filter_map(|source| Claim::new(source, name).ok()) {
            found.extend(self.known(claim.as_str()).await?);
        }
        match found.pop_first() {
            None => Err(Failure::Nobody(name.to_owned())),
            Some(user) if found.is_empty() => Ok(user),
            Some(_) => {
                let sources = sources.into_iter().collect::<Vec<_>>().join(", ");
                Err(Failure::Invalid(format!(
                    "{name:?} is the name of several people; add the source ({sources})"
                )))
            }
        }
    }

    /// The people of these names, in their order.
    async fn everyone(&self, names: Vec<String>) -> Result<Vec<UserId>, Failure> {
        let mut people = Vec::with_capacity(names.len());
        for name in names {
            people.push(self.person(&name).await?);
        }
        Ok(people)
    }

    async fn known(&self, name: &str) -> Result<Option<UserId>, Failure> {
        match self.engine.find_user(Viewer::Operator, name).await {
            Ok(user) => Ok(Some(user)),
            Err(EngineError::Refused(_) | EngineError::Invalid { .. }) => Ok(None),
            Err(failed) => Err(failed.into()),
        }
    }

    /// Every person's name and vector, in the order of their ids.
    async fn all_vectors(&self) -> Result<(Vec<String>, Vec<f32>), Failure> {
        let profiles = self.engine.profiles(Viewer::Operator).await?;
        let mut names = Vec::with_capacity(profiles.len());
        let mut numbers = Vec::with_capacity(profiles.len() * VECTOR_DIMENSIONS);
        let mut profiles = profiles.into_iter().peekable();
        let mut after = None;
        while profiles.peek().is_some() {
            let users = self.engine.users(Viewer::Operator, after, CHUNK).await?;
            let Some(last) = users.last() else { break };
            after = Some(last.user.id);
            for person in users.into_iter().map(|answer| answer.user) {
                // A profile without its person was erased meanwhile.
                while profiles.next_if(|profile| profile.user < person.id).is_some() {}
                if let Some(profile) = profiles.next_if(|profile| profile.user == person.id) {
                    names.push(person.name);
                    numbers.extend(profile.vector);
                }
            }
        }
        Ok((names, numbers))
    }
}

#[pymethods]
impl Signal {
    /// Opens the store that a URL names, and makes it where it is missing: a path is an `SQLite` file.
    #[staticmethod]
    fn open(py: Python<'_>, url: &str) -> PyResult<Self> {
        let store = run(py, async { Ok(signal_adapters::open(url).await?) })?;
        Ok(Self::new(store, without_secrets(url)))
    }

    /// A community that lives as long as this object.
    #[staticmethod]
    fn memory() -> Self {
        Self::new(Arc::new(MemoryStore::new()), "mem:".to_owned())
    }

    /// Registers a person under a handle, and gives their UUID.
    fn add_user(&self, py: Python<'_>, handle: &str) -> PyResult<String> {
        run(py, async {
            let handle: Handle =
                handle.parse().map_err(|error| Failure::Invalid(format!("handle: {error}")))?;
            Ok(self.engine.register(&handle).await?.to_string())
        })
    }

    /// Adds plays from a table with the columns `user`, `artist` and `plays`, and says what was new.
    ///
    /// Rows about the same person and artist add up. The same table again changes nothing.
    #[pyo3(signature = (table, source = SOURCE.to_owned()), text_signature = "($self, table, source='py')")]
    fn add_plays<'py>(
        &self,
        py: Python<'py>,
        table: &Bound<'py, PyAny>,
        source: String,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.import(py, table, source, table::plays)
    }

    /// Adds trust from a table with the columns `from`, `to` and `weight`, and says what was new.
    ///
    /// `scale` is the largest weight there can be. Of rows about the same pair the last holds.
    #[pyo3(
        signature = (table, scale = 1.0, source = SOURCE.to_owned()),
        text_signature = "($self, table, scale=1.0, source='py')"
    )]
    fn add_trust<'py>(
        &self,
        py: Python<'py>,
        table: &Bound<'py, PyAny>,
        scale: f64,
        source: String,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.import(py, table, source, move |rows| table::trust(rows, scale))
    }

    /// How well b's ears serve a: `score` in [0, 1] with its parts, `percentile`, `reasons` and more.
    fn compatibility<'py>(&self, py: Python<'py>, a: &str, b: &str) -> PyResult<Bound<'py, PyAny>> {
        answered(py, async {
            let (a, b) = (self.person(a).await?, self.person(b).await?);
            fields(&self.engine.compatibility(Viewer::Operator, a, b).await?)
        })
    }

    /// How well many people's ears serve many others: a score in [0, 1] in a row for each of `people`, in a column for each
    /// of `others`. At most 1,000,000 scores at once; each is the `score` that `compatibility` gives.
    fn compatibilities<'py>(
        &self,
        py: Python<'py>,
        people: Vec<String>,
        others: Vec<String>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let scores = run(py, async {
            let shape = (people.len(), others.len());
            let (people, others) = (self.everyone(people).await?, self.everyone(others).await?);
            let rows = self.engine.compatibilities(Viewer::Operator, &people, &others).await?;
            let scores = Array2::from_shape_vec(shape, rows.into_iter().flatten().collect());
            scores.map_err(|error| Failure::Bug(error.to_string()))
        })?;
        Ok(scores.into_pyarray(py))
    }

    /// The first page of a person's feed: `items` with their reasons, and the `basis` they stand on.
    #[pyo3(signature = (user, limit = 20))]
    fn feed<'py>(&self, py: Python<'py>, user: &str, limit: i64) -> PyResult<Bound<'py, PyAny>> {
        answered(py, async {
            let size = size("limit", limit)?;
            let user = self.person(user).await?;
            fields(&self.engine.feed(user, None, Some(size)).await?)
        })
    }

    /// Artists a person may like next: at most `top`, each with its `reasons`, and the `basis` they are chosen from.
    #[pyo3(signature = (user, top = 10))]
    fn recommend<'py>(&self, py: Python<'py>, user: &str, top: i64) -> PyResult<Bound<'py, PyAny>> {
        answered(py, async {
            let most = size("top", top)?;
            let user = self.person(user).await?;
            fields(&self.engine.recommend(Viewer::Operator, user, most).await?)
        })
    }

    /// The people whose taste is nearest to a person's: at most `top`, with `similarity` in steps and `reasons`.
    #[pyo3(signature = (user, top = 10))]
    fn taste_neighbours<'py>(&self, py: Python<'py>, user: &str, top: i64) -> PyResult<Bound<'py, PyAny>> {
        answered(py, async {
            let most = size("top", top)?;
            let user = self.person(user).await?;
            fields(&self.engine.taste_neighbours(Viewer::Operator, user, most).await?)
        })
    }

    /// A person's trust score with its terms.
    fn trust_score<'py>(&self, py: Python<'py>, user: &str) -> PyResult<Bound<'py, PyAny>> {
        answered(py, async {
            let user = self.person(user).await?;
            fields(&self.engine.trust_score(Viewer::Operator, user).await?)
        })
    }

    /// The names of everybody whose taste is known, and their taste vectors: one row of 384 numbers a person.
    fn vectors<'py>(&self, py: Python<'py>) -> PyResult<(Vec<String>, Bound<'py, PyArray2<f32>>)> {
        let (names, vectors) = run(py, async {
            let (names, numbers) = self.all_vectors().await?;
            let vectors = Array2::from_shape_vec((names.len(), VECTOR_DIMENSIONS), numbers);
            Ok((names, vectors.map_err(|error| Failure::Bug(error.to_string()))?))
        })?;
        Ok((names, vectors.into_pyarray(py)))
    }

    fn __repr__(&self) -> String {
        format!("Signal({:?})", self.place)
    }
}

/// How long a list may be.
fn size(name: &str, number: i64) -> Result<usize, Failure> {
    let size = usize::try_from(number).ok().filter(|size| (1..=100).contains(size));
    size.ok_or_else(|| Failure::Invalid(format!("{name}: {number} is not a number from 1 to 100")))
}

/// Runs a question whose answer is a dict.
fn answered(
    py: Python<'_>,
    question: impl Future<Output = Result<Value, Failure>> + Send,
) -> PyResult<Bound<'_, PyAny>> {
    object(py, &run(py, question)?)
}

fn reader(table: &Bound<'_, PyAny>) -> PyResult<Reader> {
    if !table.hasattr("__arrow_c_stream__")? {
        let kind = table.get_type().name()?;
        let message =
            format!("a table has __arrow_c_stream__ (pyarrow, polars, pandas 2.2…); {kind} has not");
        return Err(PyTypeError::new_err(message));
    }
    table.extract::<PyRecordBatchReader>()?.into_reader()
}

fn bad_source(source: &str) -> Failure {
    Failure::Invalid(format!("source: {source:?} is not 1 to 32 of a-z, 0-9, _, - and ."))
}
