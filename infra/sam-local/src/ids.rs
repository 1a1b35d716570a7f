//! Random identifiers in AWS's shapes. They are names, not secrets.

/// A version 4 UUID, the shape of request ids and message ids.
pub(crate) fn uuid() -> String {
    let bits = fastrand::u128(..);
    let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

/// An X-Ray trace header of a request that is not sampled.
pub(crate) fn trace_header(now_ms: u64) -> String {
    let root = fastrand::u128(..) >> 32;
    format!(
        "Root=1-{:08x}-{root:024x};Parent={:016x};Sampled=0",
        now_ms / 1_000,
        fastrand::u64(..)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_those_of_aws() {
        let id = uuid();
        let lengths: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&id.as_bytes()[19]));
        assert_eq!(
            trace_header(1_700_000_000_000).len(),
            "Root=1-65500000-000000000000000000000000;Parent=0000000000000000;Sampled=0".len()
        );
    }
}
