//! What the gateway decides about a request before a function sees it.

mod body;
mod charset;
mod coding;
mod cors;
mod media_type;
mod multipart;
mod route;

pub use avocet_frames::head::BodyKind;
pub use body::{BodyError, body_kind, check_body, check_length, has_body};
use charset::charset_of;
pub use charset::{Recoded, recode};
pub use coding::{Coding, coding};
pub use cors::preflight;
pub use media_type::MediaType;
pub use route::{Reserved, Route};
