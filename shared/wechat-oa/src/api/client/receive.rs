//! What comes back: whole, or only so far that a refusal is told from a file.

use super::{call::Call, disposition::file_name};
use crate::api::{
    answer::{self, Download},
    error::Error,
};
use reqwest::{
    Response,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use std::mem;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

/// How much of an answer is wanted at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    /// All of it.
    Whole,
    /// All of it, but only the beginning of a file.
    Start,
}

/// An answer, and what of its file is still to come.
pub(super) struct Arrived {
    pub(super) status: u16,
    pub(super) download: Download,
    pub(super) rest: Option<Rest>,
}

/// A file on its way down.
pub(super) struct Rest {
    response: Response,
    read: usize,
}

impl Arrived {
    pub(super) async fn read(
        response: Response,
        call: &Call<'_>,
        take: Take,
    ) -> Result<Self, Error> {
        let mut arrived = Self {
            status: response.status().as_u16(),
            download: Download {
                content_type: content_type(&response),
                file_name: response
                    .headers()
                    .get(CONTENT_DISPOSITION)
                    .and_then(|value| file_name(value.as_bytes())),
                bytes: Vec::new(),
            },
            rest: None,
        };
        let mut rest = Rest { response, read: 0 };
        while let Some(piece) = rest.next(call).await? {
            arrived.download.bytes.extend_from_slice(piece.as_ref());
            if take == Take::Start && arrived.is_file() {
                arrived.rest = Some(rest);
                break;
            }
        }
        Ok(arrived)
    }

    /// The answer, unless it is a refusal of WeChat's.
    pub(super) fn accept(mut self, call: &Call<'_>) -> Result<Self, Error> {
        let accept = match call.binary {
            true => answer::accept_bytes,
            false => answer::accept,
        };
        let bytes = mem::take(&mut self.download.bytes);
        self.download.bytes = accept(call.endpoint(), self.status, bytes)?;
        Ok(self)
    }

    fn is_file(&self) -> bool {
        let start = self.download.bytes.trim_ascii_start();
        self.status == 200 && !start.is_empty() && !answer::is_json(start)
    }
}

impl Rest {
    /// Writes what has come and what is to come.
    pub(super) async fn write<W: AsyncWrite + Unpin>(
        mut self,
        call: &Call<'_>,
        start: &[u8],
        to: &mut W,
    ) -> Result<(), Error> {
        let unwritten = |source| Error::File {
            endpoint: call.endpoint().to_owned(),
            source,
        };
        to.write_all(start).await.map_err(unwritten)?;
        while let Some(piece) = self.next(call).await? {
            to.write_all(piece.as_ref()).await.map_err(unwritten)?;
        }
        to.flush().await.map_err(unwritten)
    }

    async fn next(&mut self, call: &Call<'_>) -> Result<Option<impl AsRef<[u8]> + use<>>, Error> {
        let piece = self.response.chunk().await;
        let piece = piece.map_err(|error| call.transport(error))?;
        let length = piece.as_ref().map_or(0, |piece| piece.len());
        self.read += length;
        if self.read > call.limit() {
            return Err(Error::TooLong {
                endpoint: call.endpoint().to_owned(),
                limit: call.limit(),
            });
        }
        Ok(piece)
    }
}

fn content_type(response: &Response) -> Option<String> {
    let value = response.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.to_owned())
}
