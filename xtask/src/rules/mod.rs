//! The rules of `docs/architecture.md` that a machine can check and no compiler does.

mod dependencies;
mod imports;
mod paths;
mod rooms;
mod tokens;

use crate::checkout::Checkout;
use crate::shell::{self, Failure};

const CORE: &str = "signal-core";
const ADAPTERS: &str = "signal-adapters";

/// Checks every rule and tells all violations at once.
pub(crate) fn check(checkout: &Checkout) -> Result<(), Failure> {
    let mut violations = dependencies::violations(&dependency_tree(checkout)?, &checkout.crates);
    let source = format!("crates/{CORE}/src");
    let imports = imports::check_folder(&checkout.root.join(&source))
        .map_err(|error| Failure::new(format!("reading {source} failed: {error}")))?;
    violations.extend(imports.into_iter().map(|violation| format!("{source}/{violation}")));
    let source = format!("crates/{ADAPTERS}/src");
    let adapters = imports::check_adapters(&checkout.root.join(&source))
        .map_err(|error| Failure::new(format!("reading {source} failed: {error}")))?;
    violations.extend(adapters.into_iter().map(|violation| format!("{source}/{violation}")));
    for violation in &violations {
        println!("{violation}");
    }
    if violations.is_empty() {
        println!("the dependencies and the imports of {CORE}, and the adapters, keep the rules");
        return Ok(());
    }
    Err(Failure::new(format!("violations of the rules: {}", violations.len()))
        .hint("each rule and its reason stand in docs/architecture.md"))
}

/// Asking for the one crate keeps out of the answer the features that only its neighbours switch on.
fn dependency_tree(checkout: &Checkout) -> Result<String, Failure> {
    let mut command = checkout.cargo();
    command.args(["tree", "--package", CORE, "--all-features", "--target", "all"]);
    command.args(["--edges", "normal,no-proc-macro", "--prefix", "depth", "--format", " {p}"]);
    shell::capture(&mut command)
}
