//! Decisions of the gateway about a request before a function sees it.

mod body;
mod charset;
mod coding;
mod cors;
mod error;
mod media_type;
mod multipart;
mod recode;
mod route;

pub use avocet_frames::head::BodyKind;
pub use body::{body_kind, check_body, check_length, has_body, streamed_body};
pub use coding::{Coding, coding};
pub use cors::preflight;
pub use error::BodyError;
pub use media_type::MediaType;
pub use recode::{Recoded, recode};
pub use route::{Reserved, Route};
