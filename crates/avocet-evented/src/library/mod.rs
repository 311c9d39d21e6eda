//! Libraries of scripts that are JavaScript alone: `path`, `sys`, `uri`, `multipart`, `file`,
//! `assert`, watching files, and the names that are global.

use avocet_engine::ops as operations;

include!("table.rs");
