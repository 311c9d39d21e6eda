//! Safe binding to the system's V8; the only crate with FFI and C++.
