#![doc = include_str!("../README.md")]

pub mod api;
pub mod callback;
pub mod ids;
pub mod js_sdk;
pub mod page_url;
