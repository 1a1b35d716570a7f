//! What the functions really answer, held against the document of their routes.

use openapi::Contract;
use serde_json::Value;

thread_local! {
    /// Schemas that have been read before; they stay on their thread.
    static CONTRACT: Contract = Contract::of_answers();
}

/// Holds an answer to the document.
///
/// # Panics
/// When the answer is another.
pub fn hold(method: &str, path: &str, status: u16, answer: &Value) {
    let told = CONTRACT.with(|contract| contract.answer(method, path, status, answer));
    assert_eq!(told, Ok(()), "{method} {path} {status}: {answer}");
}
