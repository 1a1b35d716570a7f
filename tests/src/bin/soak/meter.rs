//! Stands between the functions and DynamoDB and counts what they ask.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
};

/// How every request of DynamoDB's protocol begins.
const REQUEST: &[u8] = b"POST / HTTP/1.1\r\n";

/// A relay for TCP that counts requests.
#[derive(Debug)]
pub(crate) struct Meter {
    address: SocketAddr,
    behind: Arc<OnceLock<String>>,
    requests: Arc<AtomicU64>,
}

impl Meter {
    /// Listens on a free port; connections are refused until [`Meter::connect`].
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let meter = Self {
            address: listener.local_addr()?,
            behind: Arc::default(),
            requests: Arc::default(),
        };
        let (behind, requests) = (Arc::clone(&meter.behind), Arc::clone(&meter.requests));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if let Some(address) = behind.get() {
                    tokio::spawn(relay(client, address.clone(), Arc::clone(&requests)));
                }
            }
        });
        Ok(meter)
    }

    /// Where the functions find DynamoDB.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Says where DynamoDB is.
    pub(crate) fn connect(&self, url: String) {
        // Set once by the one caller; a second call would change nothing.
        drop(self.behind.set(url.replace("http://", "")));
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}

/// Passes bytes both ways until one side closes.
async fn relay(client: TcpStream, address: String, requests: Arc<AtomicU64>) -> io::Result<()> {
    let server = TcpStream::connect(address).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, to_server) = server.into_split();
    tokio::select! {
        done = count(from_client, to_server, &requests) => done,
        done = tokio::io::copy(&mut from_server, &mut to_client) => done.map(drop),
    }
}

async fn count(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    requests: &AtomicU64,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    let mut seen = 0;
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        requests.fetch_add(beginnings(&buffer[..read], &mut seen), Ordering::Relaxed);
        to.write_all(&buffer[..read]).await?;
    }
}

/// How many requests begin in `bytes`; `seen` is how much of a beginning came before them.
fn beginnings(bytes: &[u8], seen: &mut usize) -> u64 {
    let mut found = 0;
    for byte in bytes {
        *seen = match *byte {
            b if b == REQUEST[*seen] => *seen + 1,
            b'P' => 1,
            _ => 0,
        };
        if *seen == REQUEST.len() {
            found += 1;
            *seen = 0;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_counts_once_however_it_is_cut() {
        let bytes = b"POST / HTTP/1.1\r\nhost: a\r\n\r\nPPOST / HTTP/1.1\r\nPOST /x";
        for cut in 0..bytes.len() {
            let mut seen = 0;
            let (head, tail) = bytes.split_at(cut);
            let found = beginnings(head, &mut seen) + beginnings(tail, &mut seen);
            assert_eq!(found, 2, "cut at {cut}");
        }
    }
}
