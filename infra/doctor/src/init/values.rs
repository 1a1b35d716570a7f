//! The values of an account, as they are asked for and stored.

use secrecy::{ExposeSecret as _, SecretString};
use std::collections::BTreeMap;

/// What is stored of an account already, by field; all of it text.
#[derive(Default)]
pub(super) struct Present(pub(super) BTreeMap<String, SecretString>);

impl Present {
    pub(super) fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(|value| value.expose_secret())
    }
}

/// What is to be stored.
pub(super) struct Values {
    pub(super) app_id: String,
    pub(super) original_id: String,
    pub(super) kind: String,
    pub(super) mode: String,
    pub(super) app_secret: SecretString,
    pub(super) token: SecretString,
    /// None in plain mode, where a stored one stays as it is.
    pub(super) encoding_aes_key: Option<SecretString>,
    /// The key that a new one takes the place of: pushes sealed with it may still come.
    pub(super) previous_encoding_aes_key: Option<SecretString>,
}

impl Values {
    /// Every field but the app secret, which is stored apart in SSM.
    pub(super) fn fields(&self) -> Vec<(&'static str, &str)> {
        let mut fields = vec![
            ("app_id", self.app_id.as_str()),
            ("original_id", &self.original_id),
            ("kind", &self.kind),
            ("token", self.token.expose_secret()),
            ("mode", &self.mode),
        ];
        let keys = [
            ("encoding_aes_key", &self.encoding_aes_key),
            ("previous_encoding_aes_key", &self.previous_encoding_aes_key),
        ];
        for (name, key) in keys {
            fields.extend(key.as_ref().map(|key| (name, key.expose_secret())));
        }
        fields
    }
}
