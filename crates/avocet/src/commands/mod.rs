//! One file per command.

pub(crate) mod addon;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod delete;
pub(crate) mod deploy;
pub(crate) mod dev;
pub(crate) mod emit;
pub(crate) mod events;
pub(crate) mod get;
pub(crate) mod init;
pub(crate) mod invoke;
pub(crate) mod kv;
pub(crate) mod logs;
pub(crate) mod messages;
pub(crate) mod objects;
pub(crate) mod rollback;
pub(crate) mod run_cron;
pub(crate) mod runtime;
pub(crate) mod serve;
pub(crate) mod version;
