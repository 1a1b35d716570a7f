//! Which known name was meant.

/// The known name that a misspelt one comes nearest to, when one is near.
pub(super) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let name = plain(name);
    let near = |known: &'k str| {
        let plain = plain(known);
        let most = (plain.len().min(name.len()) / 3).max(1);
        Some((distance(&name, &plain), known)).filter(|(distance, _)| *distance <= most)
    };
    let (_, nearest) = known
        .filter_map(near)
        .min_by_key(|(distance, _)| *distance)?;
    Some(nearest)
}

/// Letters and digits alone, as small ones: `clientMsgId` and `client_msg_id` are one.
fn plain(name: &str) -> Vec<char> {
    let letters = name.chars().filter(|c| c.is_alphanumeric()).take(64);
    letters.flat_map(char::to_lowercase).collect()
}

/// Letters to change, add, leave out or swap with their neighbour.
fn distance(from: &[char], to: &[char]) -> usize {
    let width = to.len() + 1;
    let mut rows: Vec<Vec<usize>> = vec![(0..width).collect()];
    for (n, letter) in from.iter().enumerate() {
        let mut row = vec![n + 1];
        for (m, other) in to.iter().enumerate() {
            let at = |up: usize, left: usize| {
                let row = n.checked_add(1)?.checked_sub(up)?;
                let column = m.checked_add(1)?.checked_sub(left)?;
                rows.get(row)?.get(column).copied()
            };
            let changed = at(1, 1).map(|steps| steps + usize::from(letter != other));
            let left_out = at(1, 0).map(|steps| steps + 1);
            let added = row.last().map(|steps| steps + 1);
            let swapped = n
                .checked_sub(1)
                .zip(m.checked_sub(1))
                .filter(|(n, m)| from.get(*n) == Some(other) && to.get(*m) == Some(letter))
                .and_then(|_| at(2, 2))
                .map(|steps| steps + 1);
            let steps = [changed, left_out, added, swapped];
            row.push(steps.into_iter().flatten().min().unwrap_or_default());
        }
        rows.push(row);
    }
    rows.last()
        .and_then(|row| row.last())
        .copied()
        .unwrap_or_default()
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
        assert_eq!(distance(&plain("ab"), &plain("ba")), 1);
        assert_eq!(distance(&plain(""), &plain("abc")), 3);
    }
}
