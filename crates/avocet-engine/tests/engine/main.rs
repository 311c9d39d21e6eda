//! Realms, through the public door.

mod driver;
mod limits;
mod scripts;
mod support;
mod tables;
