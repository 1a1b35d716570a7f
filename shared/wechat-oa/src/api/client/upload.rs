//! Files on their way up: opened anew for each attempt, read piece by piece.

use crate::api::file::File;
use futures_util::{TryStream, stream};
use reqwest::{Body, multipart::Part};
use std::{
    io::{self, Error, ErrorKind, Read},
    path::Path,
};
use tokio::task::spawn_blocking;

/// So much of a file is in memory at once, in bytes.
const PIECE: u64 = 64 << 10;

impl File {
    /// A file on disk, sent under its own name. Blocks for a moment, to look at its first bytes.
    ///
    /// # Errors
    /// When it cannot be read or has no name.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref().to_owned();
        let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
        let name = name.to_string_lossy().into_owned();
        let length = std::fs::metadata(&path)?.len();
        Self::reader(name, length, move || {
            Ok(Box::new(std::fs::File::open(&path)?))
        })
    }
}

/// The file as a part of a form.
pub(super) async fn part(file: &File) -> io::Result<Part> {
    // A line break would end the header the name stands in.
    if file.name.contains(char::is_control) {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "the file's name has a control character",
        ));
    }
    let part = match file.memory() {
        Some(bytes) => Part::bytes(bytes.to_vec()),
        None => {
            let opened = file.clone();
            let reader = spawn_blocking(move || opened.read()).await??;
            let body = Body::wrap_stream(pieces(reader, file.length()));
            Part::stream_with_length(body, file.length())
        }
    };
    part.file_name(file.name.clone())
        .mime_str(&file.content_type)
        .map_err(|error| Error::new(ErrorKind::InvalidInput, error))
}

/// The next pieces of a reader that holds `left` bytes more, no less and no more.
fn pieces(
    reader: Box<dyn Read + Send>,
    left: u64,
) -> impl TryStream<Ok = Vec<u8>, Error = Error> + Send + 'static {
    stream::try_unfold((reader, left), |(mut reader, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let (reader, piece) = spawn_blocking(move || {
            let piece = piece(&mut reader, left)?;
            Ok::<_, Error>((reader, piece))
        })
        .await??;
        let left = left - left.min(piece.len() as u64);
        Ok(Some((piece, (reader, left))))
    })
}

fn piece(reader: &mut dyn Read, left: u64) -> io::Result<Vec<u8>> {
    let mut piece = Vec::new();
    let size = left.min(PIECE);
    reader.take(size).read_to_end(&mut piece)?;
    if (piece.len() as u64) < size {
        return Err(Error::new(
            ErrorKind::UnexpectedEof,
            "the file has become shorter",
        ));
    }
    if left == size && reader.read(&mut [0])? > 0 {
        return Err(Error::new(
            ErrorKind::InvalidData,
            "the file has become longer",
        ));
    }
    Ok(piece)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt as _;

    async fn read(content: &'static [u8], length: u64) -> io::Result<Vec<Vec<u8>>> {
        pieces(Box::new(content), length).try_collect().await
    }

    #[tokio::test]
    async fn a_file_is_read_in_pieces_to_its_very_length() {
        static CONTENT: [u8; 150_000] = [7; 150_000];
        let pieces = read(&CONTENT, 150_000).await.unwrap();
        let lengths: Vec<_> = pieces.iter().map(Vec::len).collect();
        assert_eq!(lengths, [65_536, 65_536, 18_928]);
        assert_eq!(read(&CONTENT, 0).await.unwrap().len(), 0);
        let shorter = read(&CONTENT, 150_001).await.unwrap_err();
        assert_eq!(shorter.kind(), ErrorKind::UnexpectedEof);
        let longer = read(&CONTENT, 149_999).await.unwrap_err();
        assert_eq!(longer.kind(), ErrorKind::InvalidData);
    }

    #[tokio::test]
    async fn a_name_stays_in_its_header() {
        for (name, fits) in [
            ("图 \"1\".jpg", true),
            ("a\r\nX: y.jpg", false),
            ("a\0.jpg", false),
        ] {
            let file = File::new(name, b"\xff\xd8\xff".to_vec());
            assert_eq!(part(&file).await.is_ok(), fits, "{name:?}");
        }
    }

    #[test]
    fn a_folder_and_nothing_are_no_files() {
        assert!(File::open("/").is_err());
        assert!(File::open("no/such/file.jpg").is_err());
        assert!(File::open(env!("CARGO_MANIFEST_DIR")).is_err());
    }
}
