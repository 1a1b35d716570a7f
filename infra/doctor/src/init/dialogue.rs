//! The questions.

use super::{
    InitError, Input, Present, Values,
    console::{self, Asked},
};
use secrecy::{ExposeSecret as _, SecretString};
use shared::account::AccountName;

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The answers, and what of them was made here.
pub(super) struct Answers {
    pub(super) values: Values,
    pub(super) made: Vec<&'static str>,
}

/// What an empty answer to a hidden question stands for.
enum Empty {
    Asked,
    Kept(SecretString),
    Made(usize),
}

/// The name in routes and parameters.
pub(super) fn name(input: &mut Input) -> Result<AccountName, InitError> {
    loop {
        let answer = input
            .open("Account's name, as in URLs and parameters (for instance: shop)")?
            .ok_or(InitError::Ended("the name"))?;
        match AccountName::try_from(answer) {
            Ok(name) => return Ok(name),
            Err(rule) => input.refuse(&rule.to_string()),
        }
    }
}

/// Whether an account that is there may be changed.
pub(super) fn replace(input: &mut Input, name: &AccountName) -> Result<bool, InitError> {
    let prompt =
        format!("Account '{name}' is stored already. Change its values? Other settings stay [y/N]");
    let answer = input.open(&prompt)?;
    let answer = answer.ok_or(InitError::Ended("leave to change the account"))?;
    Ok(["y", "yes"].contains(&answer.to_ascii_lowercase().as_str()))
}

/// Everything else; what is present is offered.
pub(super) fn values(input: &mut Input, present: &Present) -> Result<Answers, InitError> {
    let mut made = Vec::new();
    let mut open = |asked: &Asked, otherwise| {
        let offered = present.get(asked.field).or(otherwise);
        open(input, asked, offered)
    };
    let app_id = open(&console::APP_ID, None)?;
    let original_id = open(&console::ORIGINAL_ID, None)?;
    let kind = open(&console::KIND, Some("service"))?;
    let mode = open(&console::MODE, Some("safe"))?;
    let mut hidden = |asked: &Asked, otherwise| {
        let empty = kept(present, asked.field).unwrap_or(otherwise);
        hidden(input, asked, empty, &mut made)
    };
    let app_secret = hidden(&console::APP_SECRET, Empty::Asked)?;
    let token = hidden(&console::TOKEN, Empty::Made(32))?;
    let encoding_aes_key = match mode.as_str() {
        "plain" => None,
        _ => Some(hidden(&console::ENCODING_AES_KEY, Empty::Made(43))?),
    };
    let former = present.get("encoding_aes_key").map(SecretString::from);
    let values = Values {
        app_id,
        original_id,
        kind,
        mode,
        app_secret,
        token,
        previous_encoding_aes_key: replaced(former, encoding_aes_key.as_ref()),
        encoding_aes_key,
    };
    Ok(Answers { values, made })
}

/// The former key, where a new one takes its place.
fn replaced(former: Option<SecretString>, new: Option<&SecretString>) -> Option<SecretString> {
    former.filter(|former| new.is_some_and(|new| new.expose_secret() != former.expose_secret()))
}

fn kept(present: &Present, field: &str) -> Option<Empty> {
    present.get(field).map(|value| Empty::Kept(value.into()))
}

/// An empty answer is what is offered, which has to be right as well.
fn open(input: &mut Input, asked: &Asked, offered: Option<&str>) -> Result<String, InitError> {
    let prompt = match offered {
        Some(offered) => format!("{} [{offered}]", asked.prompt),
        None => asked.prompt.to_owned(),
    };
    loop {
        let answer = input.open(&prompt)?.ok_or(InitError::Ended(asked.field))?;
        let answer = match (answer.is_empty(), offered) {
            (true, Some(offered)) => offered,
            _ => &answer,
        };
        match asked.read(answer) {
            Ok(stored) => return Ok(stored),
            Err(rule) => input.refuse(&rule),
        }
    }
}

fn hidden(
    input: &mut Input,
    asked: &Asked,
    empty: Empty,
    made: &mut Vec<&'static str>,
) -> Result<SecretString, InitError> {
    let prompt = match empty {
        Empty::Asked => asked.prompt.to_owned(),
        Empty::Kept(_) => format!("{} [Enter keeps the present one]", asked.prompt),
        Empty::Made(_) => format!("{} [Enter makes one]", asked.prompt),
    };
    loop {
        let answer = input.hidden(&prompt)?;
        let answer = answer.ok_or(InitError::Ended(asked.field))?;
        let answer = match (&empty, answer.is_empty()) {
            (Empty::Kept(present), true) => present.clone(),
            (Empty::Made(length), true) => {
                made.push(asked.field);
                return random(*length);
            }
            _ => answer.into(),
        };
        match asked.read(answer.expose_secret()) {
            Ok(_) => return Ok(answer),
            Err(rule) => input.refuse(&rule),
        }
    }
}

/// Letters and digits, each as likely: bytes that do not divide evenly are thrown away.
fn random(length: usize) -> Result<SecretString, InitError> {
    let mut text = String::with_capacity(length);
    let mut bytes = [0; 64];
    while text.len() < length {
        getrandom::fill(&mut bytes)?;
        let even = bytes.iter().filter(|byte| **byte < 248);
        let letters = even.filter_map(|byte| ALPHANUMERIC.get(usize::from(byte % 62)));
        text.extend(
            letters
                .take(length - text.len())
                .map(|letter| char::from(*letter)),
        );
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wechat_oa::callback::{EncodingAesKey, check_token};

    const ANSWERS: &str = "wx\nwx5f2c8a1d9e3b7046\n7d31\ngh_7d31c0a94be2\nshop\n订阅号\n\nshort\n0123456789abcdef0123456789abcdef\n\n\n";

    fn lines(text: &'static str) -> Input {
        Input::Lines(Box::new(text.as_bytes()))
    }

    #[test]
    fn wrong_answers_are_asked_again_and_empty_ones_take_what_is_offered() {
        let answers = values(&mut lines(ANSWERS), &Present::default()).unwrap();
        let values = &answers.values;
        assert_eq!(
            (values.kind.as_str(), values.mode.as_str()),
            ("subscription", "safe")
        );
        assert_eq!(answers.made, ["token", "encoding_aes_key"]);
        check_token(values.token.expose_secret()).unwrap();
        let key = values.encoding_aes_key.as_ref().unwrap();
        EncodingAesKey::parse(key.expose_secret()).unwrap();
        assert!(values.previous_encoding_aes_key.is_none());
    }

    #[test]
    fn the_end_of_the_input_is_told_with_the_question() {
        let error = values(&mut lines("wx5f2c8a1d9e3b7046\n"), &Present::default())
            .err()
            .unwrap();
        assert!(error.to_string().contains("original_id"), "{error}");
    }

    #[test]
    fn a_key_that_is_replaced_is_kept_as_the_former_one() {
        let old = "kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG";
        let present = || {
            let fields = [
                ("app_id", "wx5f2c8a1d9e3b7046"),
                ("original_id", "gh_7d31c0a94be2"),
                ("app_secret", "0123456789abcdef0123456789abcdef"),
                ("token", "aToken"),
                ("encoding_aes_key", old),
            ];
            Present(
                fields
                    .map(|(name, value)| (name.to_owned(), value.into()))
                    .into(),
            )
        };
        let kept = values(&mut lines("\n\n\n\n\n\n\n"), &present()).unwrap();
        assert!(kept.made.is_empty() && kept.values.previous_encoding_aes_key.is_none());
        let answers = "\n\n\n\n\n\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
        let changed = values(&mut lines(answers), &present()).unwrap();
        let former = changed.values.previous_encoding_aes_key.unwrap();
        assert_eq!(former.expose_secret(), old);
    }

    #[test]
    fn what_is_stored_and_cannot_be_right_is_asked_for_again() {
        let present = Present([("app_id".to_owned(), "wx1".into())].into());
        let answers =
            "\nwx5f2c8a1d9e3b7046\ngh_7d31c0a94be2\n\n明文\n0123456789abcdef0123456789abcdef\n\n";
        let answers = values(&mut lines(answers), &present).unwrap();
        assert_eq!(answers.values.app_id, "wx5f2c8a1d9e3b7046");
        assert_eq!(answers.values.mode, "plain");
    }

    #[test]
    fn made_values_differ() {
        let (one, other) = (random(43).unwrap(), random(43).unwrap());
        assert_eq!(one.expose_secret().len(), 43);
        assert_ne!(one.expose_secret(), other.expose_secret());
    }
}
