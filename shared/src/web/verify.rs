//! Files that prove to WeChat or WeCom whose a domain is.

/// Whether a file may have that name: `MP_verify_….txt` or `WW_verify_….txt`.
pub fn is_file_name(name: &str) -> bool {
    let key = ["MP_verify_", "WW_verify_"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .and_then(|rest| rest.strip_suffix(".txt"));
    key.is_some_and(|key| {
        (1..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_verification_files_have_such_names() {
        assert!(is_file_name("MP_verify_AbC123.txt") && is_file_name("WW_verify_x.txt"));
        for bad in [
            "MP_verify_.txt",
            "MP_verify_a.html",
            "mp_verify_a.txt",
            "robots.txt",
            "MP_verify_../x.txt",
        ] {
            assert!(!is_file_name(bad), "{bad}");
        }
    }
}
