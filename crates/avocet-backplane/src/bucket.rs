//! Names of buckets.

use std::fmt::{self, Write as _};
use std::sync::Arc;

/// Name of a bucket of keys and values, or of objects. A bucket comes into being with the first
/// write to it; one that was never written is empty.
///
/// A function has two of its own, whose names both backplanes share and other clients of a NATS
/// server can use:
///
/// ```
/// use avocet_backplane::Bucket;
///
/// assert_eq!(Bucket::kv("default", "hello").as_str(), "hs_default_hello_kv");
/// assert_eq!(Bucket::objects("default", "hello").as_str(), "hs_default_hello_obj");
/// assert_eq!(Bucket::kv("default", "v1.hello").as_str(), "hs_default_v1X2Ehello_kv");
/// ```
///
/// Bytes of a namespace or a name other than `a` to `z`, `0` to `9` and `-` are written as `X` and
/// two hexadecimal digits in upper case. So neither part holds an underscore, no two pairs of
/// namespace and name have the same bucket, and every name is one that JetStream takes
/// (`[-_a-zA-Z0-9]+`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bucket(Arc<str>);

impl Bucket {
    /// Bucket of a function's keys and values.
    pub fn kv(namespace: &str, function: &str) -> Self {
        Self::joined(namespace, function, "kv")
    }

    /// Bucket of a function's objects.
    pub fn objects(namespace: &str, function: &str) -> Self {
        Self::joined(namespace, function, "obj")
    }

    /// Bucket of exactly this name, as [`Bucket::as_str`] gave it.
    pub fn named(name: &str) -> Self {
        Self(name.into())
    }

    fn joined(namespace: &str, function: &str, kind: &str) -> Self {
        let mut name = String::with_capacity(namespace.len() + function.len() + 8);
        name.push_str("hs_");
        escape(namespace, &mut name);
        name.push('_');
        escape(function, &mut name);
        name.push('_');
        name.push_str(kind);
        Self(name.into())
    }

    /// Name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn escape(part: &str, name: &mut String) {
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => name.push(char::from(byte)),
            // Writing to a string cannot fail.
            other => drop(write!(name, "X{other:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_pairs_meet() {
        let parts = ["a", "a-b", "a_b", "a.b", "b", "b_a", "X2E", "2e", ".", "_", "", "A", "é"];
        let mut seen = HashSet::new();
        for namespace in parts {
            for function in parts {
                for bucket in
                    [Bucket::kv(namespace, function), Bucket::objects(namespace, function)]
                {
                    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
                    assert!(bucket.as_str().bytes().all(plain), "{bucket}");
                    assert!(seen.insert(bucket), "{namespace:?} {function:?}");
                }
            }
        }
    }
}
