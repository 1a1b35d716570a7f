//! What an assistant is told of a conversation, and what is kept of it: pure decisions of two rows of
//! one follower, `memory` and `asked`.

mod asked;
mod memory;
mod question;

pub use asked::{Admission, Asked};
pub use memory::{Content, Memory, Message, Part, Picture, Role, Turn, messages};
pub use question::Question;
