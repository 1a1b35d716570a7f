//! XML or JSON.

use serde::{Deserialize, Serialize};

/// Form of a push's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// What Official Accounts get.
    #[default]
    Xml,
    /// What mini programs may choose.
    Json,
}
