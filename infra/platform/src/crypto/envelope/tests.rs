use super::*;
use crate::crypto::sign;
use serde_json::Value;

fn vectors() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/crypto.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} missing in {}", vector["id"]))
}

fn plaintext(vector: &Value) -> String {
    match vector.get("plaintext").and_then(Value::as_str) {
        Some(clear) => clear.to_owned(),
        None => {
            let repeat = &vector["plaintext_repeat"];
            text(repeat, "unit").repeat(usize::try_from(repeat["times"].as_u64().unwrap()).unwrap())
        }
    }
}

#[test]
fn vectors_seal_and_open_to_the_byte() {
    let all = vectors();
    for vector in all["vectors"].as_array().unwrap() {
        let key = AesKey::parse(text(vector, "encoding_aes_key")).unwrap();
        let random: [u8; 16] = text(vector, "random16").as_bytes().try_into().unwrap();
        let clear = plaintext(vector);
        let sealed = seal(
            &key,
            random,
            clear.as_bytes(),
            text(vector, "appid"),
            Padding::Documented,
        );
        if let Some(expected) = vector["ciphertext"].as_str() {
            assert_eq!(sealed, expected, "{}", vector["id"]);
        }
        assert_eq!(
            open(&key, &sealed, text(vector, "appid")).unwrap(),
            clear,
            "{}",
            vector["id"]
        );
        let parts = [
            text(vector, "token"),
            text(vector, "timestamp"),
            text(vector, "nonce"),
        ];
        assert_eq!(sign(&parts), text(vector, "signature"));
        assert_eq!(
            sign(&[&parts[..], &[&sealed]].concat()),
            text(vector, "msg_signature")
        );
    }
}

#[test]
fn negative_vectors_do_not_open() {
    let all = vectors();
    for vector in all["negative"].as_array().unwrap() {
        let Some(encrypt) = vector["ciphertext"].as_str() else {
            continue;
        };
        let parts = [
            text(vector, "token"),
            text(vector, "timestamp"),
            text(vector, "nonce"),
            encrypt,
        ];
        let signed = sign(&parts) == text(vector, "msg_signature");
        let key = AesKey::parse(text(vector, "encoding_aes_key")).unwrap();
        let opened = open(&key, encrypt, text(vector, "appid"));
        assert!(!signed || opened.is_err(), "{} was accepted", vector["id"]);
    }
}

#[test]
fn keys_are_43_letters_or_digits() {
    assert!(AesKey::parse("kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG").is_some());
    assert!(AesKey::parse("kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZq").is_none());
    assert!(AesKey::parse("kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZq+").is_none());
}

#[test]
fn broken_padding_does_not_open() {
    let key = AesKey::parse("kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG").unwrap();
    let sealed = seal(&key, [7; 16], b"hello", "wx1", Padding::Broken);
    assert_eq!(open(&key, &sealed, "wx1"), Err(OpenError::Padding));
    let whole = seal(&key, [7; 16], b"hello", "wx1", Padding::Documented);
    assert_eq!(open(&key, &whole, "wx2"), Err(OpenError::AppId));
    assert_eq!(open(&key, "", "wx1"), Err(OpenError::Blocks));
}
