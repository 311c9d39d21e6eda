//! The table.

macro_rules! operations {
    ($($table:tt)*) => { avocet_engine::ops! { $($table)* } };
}

include!("table.rs");
