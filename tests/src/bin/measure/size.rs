//! How big a binary is, on disk and in the archive that is deployed.

use flate2::{Compression, write::DeflateEncoder};
use std::{
    fs,
    io::{self, Write},
    path::Path,
};

const MB: f64 = 1_000_000.0;

/// Megabytes of a binary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// As it lies there.
    pub(crate) binary: f64,
    /// Deflated at level 9, as a zip archive holds it.
    pub(crate) zipped: f64,
}

impl Size {
    /// Reads and deflates the file.
    pub(crate) fn of(binary: &Path) -> io::Result<Self> {
        let bytes = fs::read(binary)?;
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&bytes)?;
        Ok(Self {
            binary: bytes.len() as f64 / MB,
            zipped: encoder.finish()?.len() as f64 / MB,
        })
    }
}
