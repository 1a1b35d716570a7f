//! The signature on everything WeChat sends (protocol sections 1.2 and 1.3).

use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;

/// Lower-case hex SHA-1 of the parts, sorted byte by byte and joined.
///
/// ```
/// use wechat_oa::callback::sign;
///
/// // The order of the parts does not matter: they are sorted first.
/// assert_eq!(sign(["token", "1767000000", "nonce"]), sign(["nonce", "token", "1767000000"]));
/// assert_eq!(sign(["a", "b"]).len(), 40);
/// ```
pub fn sign<const N: usize>(parts: [&str; N]) -> String {
    hex::encode(digest(parts))
}

/// Whether `given` signs the parts; takes the same time wherever it differs.
///
/// ```
/// use wechat_oa::callback::{is_signed, sign};
///
/// let parts = ["token", "1767000000", "nonce"];
/// assert!(is_signed(parts, &sign(parts)));
/// assert!(!is_signed(parts, &sign(["another", "1767000000", "nonce"])));
/// ```
pub fn is_signed<const N: usize>(parts: [&str; N], given: &str) -> bool {
    let mut expected = [0; 40];
    let written = hex::encode_to_slice(digest(parts), &mut expected);
    written.is_ok() && expected.ct_eq(given.as_bytes()).into()
}

fn digest<const N: usize>(mut parts: [&str; N]) -> [u8; 20] {
    parts.sort_unstable();
    let mut hash = Sha1::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
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
