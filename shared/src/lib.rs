//! The library every function shares.
