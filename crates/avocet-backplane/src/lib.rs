//! Where Avocet keeps things: registry, revisions and logs, embedded in one SQLite folder.
