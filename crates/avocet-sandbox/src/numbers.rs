//! Numbers that name things, and a hash for those that the supervisor chose: it is trusted, so no
//! attack has to be withstood.

use std::hash::{BuildHasherDefault, Hasher};

/// Number of an instance within its function.
pub(crate) type SlotId = u32;

/// Hashes maps whose keys are small numbers.
pub(crate) type ByNumber = BuildHasherDefault<NumberHasher>;

#[derive(Default)]
pub(crate) struct NumberHasher(u64);

/// 2^64 divided by the golden ratio: spreads consecutive numbers over the upper bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(SPREAD);
    }
}
