//! Functions in folders without YAML: what is there is found by its files.

mod esm;

pub use esm::{has_module_syntax, is_module, package_is_module};
