//! QR codes and short keys (protocol 7.6).

use std::collections::BTreeMap;

/// Text kept under a short key.
pub(crate) struct Short {
    pub(crate) long_data: String,
    pub(crate) created_ms: i64,
    pub(crate) expires_ms: i64,
}

/// What an account handed out.
#[derive(Default)]
pub(crate) struct Codes {
    /// When each ticket ends; never for permanent ones.
    pub(crate) tickets: BTreeMap<String, Option<i64>>,
    pub(crate) shorts: BTreeMap<String, Short>,
}
