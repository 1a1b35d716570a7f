//! token-refresh

fn main() {}
