//! Launch and confinement of the platform's processes.
//!
//! A [`Launch`] describes all that a process is given: program, arguments, environment, working
//! folder, files, control group. Each side adds to it what it asks for; nothing replaces what
//! another one asked for. A [`Launcher`] is the small program that applies it: the supervisor
//! starts that program, and it becomes the described one.
//!
//! ```text
//! supervisor                          launcher (no shell, one thread)           worker
//!   Order::send ── memfd by SCM_RIGHTS over its standard input ──► apply ── exec ──►
//!        ◄───────── reports: notes and failures, closed by exec ──┘
//! ```
//!
//! What holds at any time:
//! - a description travels in a sealed memory file, never on a command line or in an environment,
//!   which other users can read;
//! - what cannot be applied is an error of the launch, or a note that reaches the log where the
//!   process may go on without it; nothing is left out in silence;
//! - the process dies with the thread that started it ([`on_starter`]), however that ends;
//! - it has the descriptors 0, 1 and 2 and no other.
//!
//! This crate knows nothing of functions, frames and logs.

mod cgroups;
mod enter;
mod isolation;
mod launch;
mod launcher;
mod order;
mod starter;

pub use cgroups::{Cgroups, Group};
pub use enter::run;
pub use isolation::{Isolation, User, Walls};
pub use launch::{Files, Jail, Launch, Mounts, Rights};
pub use launcher::{Launcher, Prepared};
pub use order::{REFUSED, Reports};
pub use starter::on_starter;
