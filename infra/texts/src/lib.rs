//! What the programs say to a person, in English and in Chinese: one catalogue, `locales/texts.yml`.
//!
//! [`text!`] says a text by its key, in the language of the process. [`command_line`] has clap speak it, too.
//!
//! ```
//! use texts::{Language, say};
//!
//! let told = say(Language::Chinese, "terminal.ctrl_c", &[], &[]);
//! assert!(told.contains("Ctrl-C 结束"));
//! ```

mod catalogue;
pub mod command_line;
mod language;
mod system;

pub use language::{Language, language, speak};
pub use system::reason;

/// A text of the catalogue in the language of this process, its placeholders filled in: a key, then `name = value`
/// for each.
/// That the key is there and has these placeholders is checked by the tests of this crate.
#[macro_export]
macro_rules! text {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::say(
            $crate::language(),
            $key,
            &[$(stringify!($name)),*],
            &[$($value.to_string()),*],
        )
    };
}

/// A text of the catalogue in that language; `values` stand for the placeholders `names`. A key that is not there is its
/// own text.
pub fn say(language: Language, key: &str, names: &[&str], values: &[String]) -> String {
    let found = catalogue::find(language.code(), key);
    let text = found.unwrap_or_else(|| key.to_owned());
    rust_i18n::replace_patterns(&text, names, values)
}
