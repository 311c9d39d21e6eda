//! The table.

use std::sync::LazyLock;

use avocet_engine::ops::ENGINE;
use avocet_engine::v8::Op;

macro_rules! operations {
    ($($table:tt)*) => { avocet_engine::ops! { $($table)* } };
}

include!("table.rs");

/// The engine's operations and the sandbox's, in the order of the snapshot.
pub(crate) fn table() -> &'static [Op] {
    static ALL: LazyLock<Vec<Op>> = LazyLock::new(|| [ENGINE, TABLE].concat());
    &ALL
}
