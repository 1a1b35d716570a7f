//! Keeps what could be a token or a secret out of errors and logs.

/// Runs of a token's letters from this length on are cut out; rids and openids are shorter.
const TOKEN_LENGTH: usize = 32;

/// The text without anything that could be a token, ticket or app secret, cut at `limit` bytes.
///
/// ```
/// assert_eq!(wechat_oa::api::redact::redact(&format!("token {}!", "a".repeat(64)), 200), "token […]!");
/// ```
pub fn redact(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while !rest.is_empty() && shown.len() < limit {
        let word = rest.find(|c| !in_token(c)).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(word);
        shown.push_str(if run.len() >= TOKEN_LENGTH {
            "[…]"
        } else {
            run
        });
        let other = tail.find(in_token).unwrap_or(tail.len());
        let (between, tail) = tail.split_at(other);
        shown.push_str(between);
        rest = tail;
    }
    shown.truncate(shown.floor_char_boundary(limit));
    shown
}

fn in_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_and_the_rest_stays() {
        let token = "86_Zk3QmX9vLr7TbNc2HdWfYs5JgPaUe8RoIi1KxDnBtVwCyMzEqSuFlAjGhOp4";
        let shown = redact(
            &format!(r#"{{"access_token":"{token}","expires_in":"x"}}"#),
            200,
        );
        assert_eq!(shown, r#"{"access_token":"[…]","expires_in":"x"}"#);
        let rid = "invalid ip 203.0.113.9 rid: 67748a4e-1f2e3d4c-5b6a7980";
        assert_eq!(redact(rid, 200), rid);
    }

    #[test]
    fn a_token_at_the_cut_does_not_leak_its_head() {
        let text = format!("{}{}", "x ".repeat(98), "s".repeat(64));
        assert_eq!(
            redact(&text, 200),
            format!("{}[…", "x ".repeat(98)).trim_end()
        );
        assert!(redact(&"é".repeat(150), 201).len() <= 201);
        assert_eq!(redact("", 10), "");
    }
}
