//! End-to-end and architecture tests of the bundle.
