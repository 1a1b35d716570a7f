//! How WeChat writes numbers: plainly, or as text, or now one and now the other (protocol section 9).

use serde_with::{DisplayFromStr, PickFirst};

/// A number that may come as text: `#[serde_as(as = "Number")]`. Written as a number.
pub type Number = PickFirst<(serde_with::Same, DisplayFromStr)>;

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};

    #[serde_with::serde_as]
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Id {
        #[serde_as(as = "Number")]
        msgid: u64,
    }

    #[test]
    fn ids_above_two_to_the_53_survive_either_way() {
        for text in [
            r#"{"msgid":18446744073709551615}"#,
            r#"{"msgid":"18446744073709551615"}"#,
        ] {
            let id: Id = serde_json::from_str(text).unwrap();
            assert_eq!(id, Id { msgid: u64::MAX });
            assert_eq!(
                serde_json::to_string(&id).unwrap(),
                r#"{"msgid":18446744073709551615}"#
            );
        }
        assert!(serde_json::from_str::<Id>(r#"{"msgid":"x"}"#).is_err());
        assert!(serde_json::from_str::<Id>(r#"{"msgid":1.5}"#).is_err());
    }
}
