//! What is around a rules file.

/// What is known beside the text of a rules file; what is `None` is not checked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// The names of all accounts.
    pub accounts: Option<&'a [&'a str]>,
    /// How the names of functions begin that may be forwarded to.
    pub function_prefix: Option<&'a str>,
    /// The names of all assistants.
    pub assistants: Option<&'a [&'a str]>,
    /// The names of all handlers in `functions/forward`.
    pub handlers: Option<&'a [&'a str]>,
}
