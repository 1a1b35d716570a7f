//! Randomness, as an input.

use std::{fmt, sync::Arc};

/// A source that several own.
pub type SharedRandom = Arc<dyn Random>;

/// Bytes that nobody guesses.
pub trait Random: fmt::Debug + Send + Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// What the system says that has none.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), String>;
}
