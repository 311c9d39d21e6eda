//! Reasons for which a private key cannot be used.

use rustls::pki_types::PrivateKeyDer;

use super::der::{element, elements};

/// The shortest RSA key that is still held to be safe (NIST SP 800-131A).
const MIN_RSA_BITS: usize = 2048;

/// The object identifier `rsaEncryption` (RFC 8017).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];

/// Fault of a key that TLS refused for `reason`.
pub(super) fn refused(key: &PrivateKeyDer<'_>, reason: &rustls::Error) -> String {
    match rsa_bits(key) {
        Some(bits) if bits < MIN_RSA_BITS => format!(
            "the private key is an RSA key of {bits} bits; under {MIN_RSA_BITS} bits they can be \
             broken and are refused: make a longer one (openssl genrsa {MIN_RSA_BITS}) and a \
             certificate for it"
        ),
        _ => format!("the private key and the certificate cannot be used: {reason}"),
    }
}

fn rsa_bits(key: &PrivateKeyDer<'_>) -> Option<usize> {
    let key = match key {
        PrivateKeyDer::Pkcs1(key) => key.secret_pkcs1_der(),
        PrivateKeyDer::Pkcs8(key) => inside_pkcs8(key.secret_pkcs8_der())?,
        _ => return None,
    };
    let (_, key, _) = element(key)?;
    // The version, then the modulus, with a zero in front where it would look negative.
    let (_, modulus) = elements(key).nth(1)?;
    let modulus = &modulus[modulus.iter().position(|byte| *byte != 0)?..];
    Some(modulus.len() * 8 - modulus[0].leading_zeros() as usize)
}

/// The key in PKCS #8 (RFC 5208), if it is an RSA key.
fn inside_pkcs8(key: &[u8]) -> Option<&[u8]> {
    let (_, key, _) = element(key)?;
    let mut fields = elements(key).skip(1);
    let (_, algorithm) = fields.next()?;
    let (_, kind) = elements(algorithm).next()?;
    let (_, inside) = fields.next()?;
    (kind == RSA).then_some(inside)
}
