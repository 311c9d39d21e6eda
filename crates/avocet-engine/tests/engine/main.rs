//! Realms and their event loop, through the public door.

mod limits;
mod scripts;
mod support;
mod tables;
