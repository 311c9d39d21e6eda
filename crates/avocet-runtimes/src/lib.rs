//! Needs of a function on Node.js or Python beside its worker's supervisor:
//!
//! - [`Processes`]: all of it put together: a function made ready, and the workers that run it;
//! - [`Interpreters`]: what is installed, and which of it serves a runtime;
//! - [`Guests`]: the worker programs that run on it, and how they are started;
//! - [`CodeStore`]: a revision's files as a folder, read-only, made once;
//! - [`DependencyCache`]: what `npm` and `pip` installed for a list of dependencies, shared by all
//!   functions that have the same list;
//! - [`Repositories`] and [`Fetcher`]: sources out of Git repositories;
//! - [`Secrets`]: secrets as files, and what this machine can do with them;
//! - [`inspect`]: findings about a function's sources, without running them.
//!
//! Everything lives below one data folder; nothing is written anywhere else, and what is half done
//! when the platform is killed is never taken for done: folders appear under their names by a
//! rename.

mod code;
mod dependencies;
mod environment;
mod files;
mod group;
mod guests;
pub mod inspect;
mod interpreters;
mod machine;
mod processes;
mod repositories;
mod secrets;
mod visible;

pub use code::{CodeError, CodeFolder, CodeStore, Revision};
pub use dependencies::{
    DependencyCache, InstallError, InstallOptions, Installed, Wanted, asks_for_packages,
};
pub use environment::Environment;
pub use guests::{Guests, GuestsError, v8_launch};
pub use interpreters::{Chosen, Interpreter, Interpreters, NoInterpreter};
pub use machine::Machine;
pub use processes::{
    COLLECTOR_VARIABLE, PrepareError, Prepared, Processes, Program, RuntimesOptions, SecretFiles,
};
pub use repositories::{Credentials, CredentialsError, FetchError, Fetched, Fetcher, Repositories};
pub use secrets::{Mounting, Secrets, VARIABLE as SECRETS_VARIABLE};
pub use visible::v8_visible;
