//! What the gateway decides about a request before a function sees it.

mod body;
mod coding;
mod cors;
mod media_type;
mod route;

pub use avocet_frames::head::BodyKind;
pub use body::{BodyError, body_kind, check_body, check_length, has_body};
pub use coding::{Coding, coding};
pub use cors::preflight;
pub use media_type::MediaType;
pub use route::{Reserved, Route};
