//! The signature on everything WeChat sends (protocol sections 1.2 and 1.3).

use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;

/// Lower-case hex SHA-1 of the parts, sorted byte by byte and joined.
pub fn sign<const N: usize>(mut parts: [&str; N]) -> String {
    parts.sort_unstable();
    let mut hash = Sha1::new();
    for part in parts {
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// Whether `given` signs the parts; takes the same time wherever it differs.
pub fn is_signed<const N: usize>(parts: [&str; N], given: &str) -> bool {
    sign(parts).as_bytes().ct_eq(given.as_bytes()).into()
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_platform_docs_is_signed() {
        let parts = ["AAAAA", "1714036504", "1514711492"];
        assert!(is_signed(parts, "f464b24fc39322e44b38aa78f5edd27bd1441696"));
    }

    #[test]
    fn other_signatures_of_any_length_are_not() {
        let parts = ["AAAAA", "1714036504", "1514711492"];
        let upper = "F464B24FC39322E44B38AA78F5EDD27BD1441696";
        for given in ["", "f", upper, "f464b24fc39322e44b38aa78f5edd27bd14416960"] {
            assert!(!is_signed(parts, given), "{given}");
        }
    }
}
