//! Stores of functions and their messages, as operators see them.

use avocet_backplane::Bucket;
use percent_encoding::percent_decode_str;

use super::answer::no_content;
use super::{Admin, Answered, Asked, Problem};

impl Admin {
    /// Deletes keys and objects of a function.
    pub(super) async fn purge_data(&self, asked: &Asked<'_>) -> Answered {
        let [namespace, name] = asked.decoded()?;
        self.stores.kv.purge(&Bucket::kv(&namespace, &name)).await?;
        self.stores.objects.purge(&Bucket::objects(&namespace, &name)).await?;
        Ok(no_content())
    }
}

impl Asked<'_> {
    /// The path's variable segments as texts.
    pub(super) fn decoded<const N: usize>(&self) -> Result<[String; N], Problem> {
        decode(self.segments()?)
    }
}

/// Path segments as texts.
pub(super) fn decode<const N: usize>(segments: [&str; N]) -> Result<[String; N], Problem> {
    let mut decoded = [const { String::new() }; N];
    for (segment, text) in segments.into_iter().zip(&mut decoded) {
        *text = percent_decode_str(segment)
            .decode_utf8()
            .map_err(|_| Problem::bad_request(format!("{segment:?} is not UTF-8")))?
            .into_owned();
    }
    Ok(decoded)
}
