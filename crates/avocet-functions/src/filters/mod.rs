//! Choice of the events that a subscription takes.
//!
//! [`EventMatch`] decides it for one subscription, [`MatchIndex`] finds those of many that take an
//! event. Both read an event through [`Attributes`].
//!
//! # Types
//! A type is compared as a whole. A pattern has a `*` in it:
//!
//! | written | takes |
//! |---|---|
//! | `order.created.v1` | this type |
//! | `sap.kyma.custom.*.order.v1` | `*` in place of a token stands for exactly one |
//! | `order.*`, `*` | as the last token, for one or more |
//! | `order.cre*` | at the end of the last token, for whatever follows |
//!
//! With [`TypeMatching::Standard`] the characters that a broker's subjects cannot have (white space,
//! `*`, `>`) are left out of the event's type and of literal types before they are compared, as a
//! cluster's broker does; [`TypeMatching::Exact`] leaves nothing out.
//!
//! # Filters
//! [`Filter`] is the dialects of the CNCF CloudEvents Subscriptions API 1.0 §3.2.4: `exact`,
//! `prefix`, `suffix`, `all`, `any`, `not`. An attribute that an event does not have matches none of
//! the first three.

mod attributes;
mod event_match;
mod filter;
mod index;
mod pattern;

pub use attributes::Attributes;
pub use event_match::EventMatch;
pub use filter::Filter;
pub use index::MatchIndex;
pub use pattern::{MAX_TYPE, TypeMatching, TypePattern, TypePatternError};
