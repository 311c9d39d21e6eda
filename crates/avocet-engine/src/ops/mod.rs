//! The operations table: what JavaScript calls in Rust, with typed arguments.
//!
//! An operation is an ordinary function whose first parameter is the scope and whose others
//! implement [`FromJs`]; what it returns implements [`IntoJs`]. A table is written once, with
//! [`ops!`](crate::ops!), and gives both the functions and the names under which JavaScript sees
//! them. An argument of the wrong type never reaches the function: JavaScript gets a `TypeError`
//! that names the operation and the argument.
//!
//! ```
//! use avocet_engine::ops::OpError;
//! use avocet_engine::v8::HandleScope;
//!
//! fn divide(_: &mut HandleScope<'_>, dividend: u32, divisor: u32) -> Result<u32, OpError> {
//!     dividend.checked_div(divisor).ok_or_else(|| OpError::range("divisor must not be 0"))
//! }
//!
//! avocet_engine::ops! {
//!     const TABLE;
//!     divide(dividend, divisor) = divide;
//! }
//! assert_eq!(TABLE[0].name, "divide");
//! ```

mod arguments;
mod call;
mod console;
mod hash;
mod modules;
mod results;
mod system;
mod table;
mod text;
mod timing;
mod urls;

pub use arguments::{Blob, Bytes, FromJs, Lenient, Rest};
#[doc(hidden)]
pub use call::Call;
pub use results::{Either, IntoJs, OpError, OpErrorKind, OrUndefined};
pub use table::ENGINE;
