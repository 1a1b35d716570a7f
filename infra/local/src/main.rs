//! local

fn main() {}
