//! Why a template is refused.

use super::yaml::YamlError;

/// A template that cannot be run faithfully. Nothing is started.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file could not be read.
    #[error("{path}: {source}")]
    Read {
        /// The template's path.
        path: String,
        /// What the file system said.
        source: std::io::Error,
    },
    /// The text is not a template.
    #[error("{0}")]
    Yaml(#[from] YamlError),
    /// A resource, parameter, condition or output that is not understood or contradicts itself.
    #[error("{subject}: {property}: {reason}")]
    Refused {
        /// Logical id of the resource (or `Parameters.X`, `Conditions.X`, `Outputs.X`).
        subject: String,
        /// Property path inside it.
        property: String,
        /// The rule it breaks.
        reason: String,
    },
}

impl TemplateError {
    /// A refusal with its place.
    pub fn refused(subject: &str, property: &str, reason: impl Into<String>) -> Self {
        Self::Refused {
            subject: subject.to_owned(),
            property: property.to_owned(),
            reason: reason.into(),
        }
    }
}
