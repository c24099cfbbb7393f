//! Signal for Python: the extension module behind `import signal_music`.
//!
//! Every call goes through [`run`], which lets other Python threads run meanwhile and turns every failure into an
//! exception. Tables come in over the Arrow C stream interface, whatever library made them.

mod answer;
mod failure;
mod run;
mod signal;
mod table;

use pyo3::pymodule;

/// The parts of `signal_music` that are written in Rust.
#[pymodule]
mod _signal {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::signal::Signal;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
