//! The AWS front: one loopback port that answers for DynamoDB, SQS, SSM, Lambda and CloudFormation, and checks permissions.

mod caller;
mod cloudformation;
mod dynamodb;
mod front;
mod invoke;
mod permissions;
mod refusal;
mod ssm;

pub use caller::Caller;
pub use cloudformation::CloudFormation;
pub use dynamodb::{DynamoDb, DynamoDbError};
pub use front::{Front, serve};
pub use permissions::{Permissions, Wish};
pub use ssm::Parameters;
