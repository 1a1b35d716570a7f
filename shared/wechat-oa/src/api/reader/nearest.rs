//! Which known name was meant.

use strsim::osa_distance;

/// The known name that a misspelt one comes nearest to, when one is near.
pub(super) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let name = plain(name);
    let near = |known: &'k str| {
        let plain = plain(known);
        let length = |text: &str| text.chars().count();
        let most = (length(&plain).min(length(&name)) / 3).max(1);
        Some((osa_distance(&name, &plain), known)).filter(|(distance, _)| *distance <= most)
    };
    let (_, nearest) = known
        .filter_map(near)
        .min_by_key(|(distance, _)| *distance)?;
    Some(nearest)
}

/// Letters and digits alone, as small ones: `clientMsgId` and `client_msg_id` are one.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric()).take(64);
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_near_when_few_letters_differ() {
        let known = [
            "client_msg_id",
            "url",
            "on_unknown",
            "template_id",
            "touser",
        ];
        for (name, meant) in [
            ("clientMsgId", Some("client_msg_id")),
            ("client-msg-id", Some("client_msg_id")),
            ("urll", Some("url")),
            ("ulr", Some("url")),
            ("on_unkown", Some("on_unknown")),
            ("on_unknwon", Some("on_unknown")),
            ("templateid", Some("template_id")),
            ("to_user", Some("touser")),
            ("msgtype", None),
            ("x", None),
            ("", None),
            ("客户", None),
        ] {
            assert_eq!(nearest(name, known.into_iter()), meant, "{name}");
        }
    }
}
