//! What SQS refuses, in its JSON protocol's words.

/// A refused call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqsError {
    /// No queue of that name or URL.
    #[error("The specified queue does not exist.")]
    QueueDoesNotExist,
    /// A parameter that is not there.
    #[error("The request must contain the parameter {0}.")]
    MissingParameter(String),
    /// A parameter with a value that is not allowed.
    #[error("Value for parameter {0} is invalid. Reason: {1}.")]
    InvalidParameterValue(String, String),
    /// A body with control characters, U+FFFE or U+FFFF.
    #[error("The message contains characters outside the allowed set.")]
    InvalidMessageContents,
    /// A receipt handle that was never given out, or is over.
    #[error("{0}")]
    ReceiptHandleIsInvalid(String),
    /// The message is not with a consumer.
    #[error("The message referred to is not in flight.")]
    MessageNotInflight,
    /// A batch without entries.
    #[error("The batch request does not contain any entries.")]
    EmptyBatchRequest,
    /// More than ten entries.
    #[error("Maximum number of entries per request are 10. You have sent {0}.")]
    TooManyEntriesInBatchRequest(usize),
    /// Two entries with one id.
    #[error("Id {0} repeated.")]
    BatchEntryIdsNotDistinct(String),
    /// All entries together are too large.
    #[error("Batch requests cannot be longer than {0} bytes.")]
    BatchRequestTooLong(usize),
    /// An operation this front does not play.
    #[error("{0} is not supported by sam-local.")]
    UnsupportedOperation(String),
}

impl SqsError {
    /// A parameter that is not there.
    pub fn missing(parameter: &str) -> Self {
        Self::MissingParameter(parameter.to_owned())
    }

    /// A parameter with a value that is not allowed.
    pub fn invalid(parameter: &str, reason: &str) -> Self {
        Self::InvalidParameterValue(parameter.to_owned(), reason.to_owned())
    }

    /// A message above the queue's size limit.
    pub fn too_long(bytes: usize) -> Self {
        Self::invalid(
            "MessageBody",
            &format!("Message must be shorter than {bytes} bytes"),
        )
    }

    /// Shape name in the JSON protocol, and the older query protocol's code.
    pub fn codes(&self) -> (&'static str, &'static str) {
        match self {
            Self::QueueDoesNotExist => (
                "QueueDoesNotExist",
                "AWS.SimpleQueueService.NonExistentQueue",
            ),
            Self::MissingParameter(_) => ("MissingParameter", "MissingParameter"),
            Self::InvalidParameterValue(..) => ("InvalidParameterValue", "InvalidParameterValue"),
            Self::InvalidMessageContents => ("InvalidMessageContents", "InvalidMessageContents"),
            Self::ReceiptHandleIsInvalid(_) => ("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
            Self::MessageNotInflight => (
                "MessageNotInflight",
                "AWS.SimpleQueueService.MessageNotInflight",
            ),
            Self::EmptyBatchRequest => (
                "EmptyBatchRequest",
                "AWS.SimpleQueueService.EmptyBatchRequest",
            ),
            Self::TooManyEntriesInBatchRequest(_) => (
                "TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            ),
            Self::BatchEntryIdsNotDistinct(_) => (
                "BatchEntryIdsNotDistinct",
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            ),
            Self::BatchRequestTooLong(_) => (
                "BatchRequestTooLong",
                "AWS.SimpleQueueService.BatchRequestTooLong",
            ),
            Self::UnsupportedOperation(_) => (
                "UnsupportedOperation",
                "AWS.SimpleQueueService.UnsupportedOperation",
            ),
        }
    }
}
