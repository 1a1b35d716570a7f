//! The texts, compiled in.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::indexing_slicing,
    reason = "the macro writes more than is used here"
)]

use std::borrow::Cow;

rust_i18n::i18n!("locales");

/// The macro does not tell cargo which files it reads.
const _: &str = include_str!("../locales/texts.yml");

/// The text of a key in a language.
pub(crate) fn find(language: &str, key: &str) -> Option<String> {
    let found = _RUST_I18N_BACKEND.translate(language, key);
    found.map(Cow::into_owned)
}
