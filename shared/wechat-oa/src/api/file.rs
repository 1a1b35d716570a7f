//! Files to upload: from memory, or from anything that can be read again from its start.

mod format;
mod limits;

pub use format::Format;
pub use limits::Limits;

use std::{
    fmt,
    io::{self, Cursor, Read},
    sync::Arc,
};

/// So much of a file tells its format.
const HEAD: u64 = 16;

/// A file to upload, sent as the form field `media`. Clones share the content.
///
/// ```
/// use wechat_oa::api::{File, file::Format};
///
/// let photo = File::new("photo.jpg", b"\xff\xd8\xff\xe0".to_vec());
/// assert_eq!((photo.length(), photo.format()), (4, Some(Format::Jpeg)));
/// ```
#[derive(Clone)]
pub struct File {
    /// Its name; WeChat tells the type by the extension.
    pub name: String,
    pub content_type: String,
    length: u64,
    head: Vec<u8>,
    source: Source,
}

#[derive(Clone)]
enum Source {
    Memory(Arc<[u8]>),
    Reader(Arc<Open>),
}

/// Opens a source anew, at its start.
type Open = dyn Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync;

impl File {
    /// A file in memory; its MIME type is that of its extension.
    pub fn new(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        let (name, bytes) = (name.into(), bytes.into());
        let head = bytes.iter().take(HEAD as usize).copied().collect();
        Self {
            content_type: content_type(&name).to_owned(),
            length: bytes.len() as u64,
            source: Source::Memory(bytes),
            name,
            head,
        }
    }

    /// A file of `length` bytes that is never whole in memory. `open` is called once now, for the
    /// first bytes, and once for each time the file is sent; it may block.
    ///
    /// # Errors
    /// When the source cannot be opened or read.
    pub fn reader<F>(name: impl Into<String>, length: u64, open: F) -> io::Result<Self>
    where
        F: Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync + 'static,
    {
        let name = name.into();
        let mut head = Vec::new();
        open()?.take(HEAD.min(length)).read_to_end(&mut head)?;
        Ok(Self {
            content_type: content_type(&name).to_owned(),
            source: Source::Reader(Arc::new(open)),
            name,
            length,
            head,
        })
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// What its first bytes say it is.
    pub fn format(&self) -> Option<Format> {
        Format::of(&self.head)
    }

    /// Its content, when that is in memory.
    pub fn memory(&self) -> Option<&[u8]> {
        match &self.source {
            Source::Memory(bytes) => Some(bytes),
            Source::Reader(_) => None,
        }
    }

    /// Reads it from its start; may block.
    ///
    /// # Errors
    /// When the source cannot be opened.
    pub fn read(&self) -> io::Result<Box<dyn Read + Send>> {
        match &self.source {
            Source::Memory(bytes) => Ok(Box::new(Cursor::new(Arc::clone(bytes)))),
            Source::Reader(open) => open(),
        }
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({:?}, {} bytes)", self.name, self.length)
    }
}

fn content_type(name: &str) -> &'static str {
    Format::named(name).map_or("application/octet-stream", Format::content_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(file: &File) -> Vec<u8> {
        let mut bytes = Vec::new();
        file.read().unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn memory_and_readers_are_read_again_from_the_start() {
        let bytes = b"GIF89a and what follows".to_vec();
        let memory = File::new("a.gif", bytes.clone());
        let copy = bytes.clone();
        let open = move || Ok(Box::new(Cursor::new(copy.clone())) as Box<dyn Read + Send>);
        let reader = File::reader("a.gif", bytes.len() as u64, open).unwrap();
        for file in [&memory, &reader, &reader.clone()] {
            assert_eq!((whole(file), whole(file)), (bytes.clone(), bytes.clone()));
            assert_eq!(file.length(), bytes.len() as u64);
            assert_eq!(file.format(), Some(Format::Gif));
            assert_eq!(file.content_type, "image/gif");
            assert_eq!(format!("{file:?}"), "File(\"a.gif\", 23 bytes)");
        }
        assert_eq!(memory.memory(), Some(bytes.as_slice()));
        assert_eq!(reader.memory(), None);
    }

    #[test]
    fn a_source_that_cannot_be_opened_is_found_out_at_once() {
        let gone = || Err(io::Error::from(io::ErrorKind::NotFound));
        assert!(File::reader("a.jpg", 1, gone).is_err());
        let unknown = File::new("notes", b"?".to_vec());
        assert_eq!(unknown.content_type, "application/octet-stream");
        assert_eq!(unknown.format(), None);
    }
}
