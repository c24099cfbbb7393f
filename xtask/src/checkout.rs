//! Where things are in this checkout, as cargo knows it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::shell::{self, Failure};

/// The folder of the Python bindings, from the root.
pub(crate) const PYTHON_BINDINGS: &str = "bindings/python";

/// The checkout that the command was called in.
#[derive(Debug)]
pub(crate) struct Checkout {
    /// The folder of the root manifest.
    pub(crate) root: PathBuf,
    /// Where cargo builds, `CARGO_TARGET_DIR` included.
    pub(crate) target: PathBuf,
    /// The names of all our crates.
    pub(crate) crates: Vec<String>,
    /// Every feature of every crate, as `CRATE/FEATURE`.
    pub(crate) features: Vec<String>,
    /// The crate of the Python bindings.
    pub(crate) python_crate: String,
}

impl Checkout {
    /// Asks cargo which workspace we are in.
    pub(crate) fn find() -> Result<Self, Failure> {
        let text = shell::capture(Command::new(cargo_program()).args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
        ]))?;
        Self::read(&text)
            .ok_or_else(|| Failure::new("cargo described the workspace in a form unknown to xtask"))
    }

    fn read(text: &str) -> Option<Self> {
        let metadata: Value = serde_json::from_str(text).ok()?;
        let root = PathBuf::from(metadata.get("workspace_root")?.as_str()?);
        let packages = metadata.get("packages")?.as_array()?;
        let name = |package: &Value| Some(package.get("name")?.as_str()?.to_owned());
        let bindings = root.join(PYTHON_BINDINGS).join("Cargo.toml");
        let is_bindings = |package: &&Value| {
            package
                .get("manifest_path")
                .and_then(Value::as_str)
                .is_some_and(|path| Path::new(path) == bindings)
        };
        let mut features = Vec::new();
        for package in packages {
            let name = name(package)?;
            let own = package.get("features")?.as_object()?.keys();
            features.extend(own.map(|feature| format!("{name}/{feature}")));
        }
        Some(Self {
            features,
            target: PathBuf::from(metadata.get("target_directory")?.as_str()?),
            crates: packages.iter().map(name).collect::<Option<_>>()?,
            python_crate: packages.iter().find(is_bindings).and_then(name)?,
            root,
        })
    }

    /// The cargo that runs us, in the root folder.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(cargo_program());
        command.current_dir(&self.root);
        command
    }
}

/// Cargo tells its children which cargo it is, so that a chosen toolchain stays chosen.
fn cargo_program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_cargo_says() {
        let text = r#"{
            "workspace_root": "/house", "target_directory": "/elsewhere/target",
            "packages": [
                { "name": "signal-core", "manifest_path": "/house/crates/signal-core/Cargo.toml",
                  "features": { "default": [], "simulation": ["dep:rand"] } },
                { "name": "signal-python", "manifest_path": "/house/bindings/python/Cargo.toml", "features": {} }
            ]
        }"#;
        let checkout = Checkout::read(text).unwrap();
        assert_eq!(checkout.root, Path::new("/house"));
        assert_eq!(checkout.target, Path::new("/elsewhere/target"));
        assert_eq!(checkout.crates, ["signal-core", "signal-python"]);
        assert_eq!(checkout.features, ["signal-core/default", "signal-core/simulation"]);
        assert_eq!(checkout.python_crate, "signal-python");
    }

    #[test]
    fn refuses_another_form() {
        assert!(Checkout::read(r#"{"workspace_root": "/house"}"#).is_none());
        assert!(Checkout::read("no json").is_none());
    }
}
