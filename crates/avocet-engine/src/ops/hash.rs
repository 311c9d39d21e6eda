//! Digests.

use avocet_v8::HandleScope;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::arguments::Bytes;
use super::results::OpError;

pub(super) fn digest(
    _: &mut HandleScope<'_>,
    algorithm: String,
    view: Bytes,
) -> Result<Vec<u8>, OpError> {
    fn of<D: Digest>(bytes: &[u8]) -> Vec<u8> {
        D::digest(bytes).to_vec()
    }
    Ok(match algorithm.as_str() {
        "md5" => of::<Md5>(&view.0),
        "sha1" => of::<Sha1>(&view.0),
        "sha256" => of::<Sha256>(&view.0),
        "sha384" => of::<Sha384>(&view.0),
        "sha512" => of::<Sha512>(&view.0),
        _ => return Err(OpError::type_error(format!("'{algorithm}' is no known algorithm"))),
    })
}
