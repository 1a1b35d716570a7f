//! callback

fn main() {}
