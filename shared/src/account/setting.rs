//! A part of an account's document that may be wrong without the rest.

use super::AccountError;

/// A setting, or what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T>(Result<T, AccountError>);

impl<T> Setting<T> {
    /// The setting.
    ///
    /// # Errors
    /// Its field, and the rule it breaks.
    pub fn get(&self) -> Result<&T, AccountError> {
        self.0.as_ref().map_err(AccountError::clone)
    }

    /// What is wrong with it, if anything is.
    pub fn fault(&self) -> Option<&AccountError> {
        self.0.as_ref().err()
    }

    /// Takes the setting as it was, where it is wrong now and was right then.
    pub(super) fn mend(&mut self, before: &Self)
    where
        T: Clone,
    {
        if let (Err(_), Ok(before)) = (&self.0, &before.0) {
            self.0 = Ok(before.clone());
        }
    }
}

impl<T> From<Result<T, AccountError>> for Setting<T> {
    fn from(read: Result<T, AccountError>) -> Self {
        Self(read)
    }
}
