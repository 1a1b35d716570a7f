//! What the operating system says, in the language of the process.

use crate::text;
use std::io::{self, ErrorKind};

/// Why something could not be read, written or listened on.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => text!("system.not_found"),
        ErrorKind::PermissionDenied => text!("system.denied"),
        ErrorKind::IsADirectory => text!("system.directory"),
        ErrorKind::AddrInUse => text!("system.in_use"),
        ErrorKind::ConnectionRefused => text!("system.refused"),
        ErrorKind::StorageFull => text!("system.full"),
        _ => error.to_string(),
    }
}
