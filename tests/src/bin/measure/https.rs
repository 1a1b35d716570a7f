//! The first HTTPS request of a fresh process: `callback` is given a push and asks Parameter Store for the account.
//!
//! The server's certificate is nobody's, so the handshake ends with a refusal: all of a first request is in the figure
//! but the check of a good certificate and the request's own bytes.

use rustls::{
    ServerConfig, ServerConnection,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{
    io::{self, ErrorKind, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

const EVENT: &str = r#"{"version":"2.0","routeKey":"GET /callback/{account}","rawPath":"/callback/demo",
"rawQueryString":"signature=0&timestamp=1&nonce=1&echostr=1","headers":{"host":"localhost"},
"requestContext":{"accountId":"1","apiId":"a","domainName":"localhost","domainPrefix":"l","http":{"method":"GET",
"path":"/callback/demo","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"m"},"requestId":"r",
"routeKey":"GET /callback/{account}","stage":"$default","time":"01/Jan/2026:00:00:00 +0000","timeEpoch":1},
"pathParameters":{"account":"demo"},"isBase64Encoded":false}"#;
/// The longest a handshake may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// An HTTPS server that nobody trusts. It refuses connections until it waits for one, so that a start
/// is measured without AWS.
pub(crate) struct Server {
    address: SocketAddr,
    config: Arc<ServerConfig>,
}

impl Server {
    pub(crate) fn open() -> io::Result<Self> {
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])
            .map_err(io::Error::other)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .map_err(io::Error::other)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        Ok(Self {
            address,
            config: Arc::new(config),
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Answers the poll with a push and waits until the function refused the handshake; false if it made none.
    pub(crate) fn refused(&self, mut poll: &TcpStream) -> io::Result<bool> {
        let listener = TcpListener::bind(self.address)?;
        listener.set_nonblocking(true)?;
        write!(
            poll,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nlambda-runtime-aws-request-id: r\r\n\
             lambda-runtime-deadline-ms: 9999999999999\r\nlambda-runtime-invoked-function-arn: \
             arn:aws:lambda:us-east-1:000000000000:function:measured\r\ncontent-length: {}\r\n\r\n{EVENT}",
            EVENT.len()
        )?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match listener.accept() {
                Ok((mut connection, _)) => {
                    connection.set_nonblocking(false)?;
                    connection.set_read_timeout(Some(PATIENCE))?;
                    let mut tls = ServerConnection::new(Arc::clone(&self.config))
                        .map_err(io::Error::other)?;
                    return Ok(tls.complete_io(&mut connection).is_err());
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    thread::sleep(Duration::from_micros(50));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}
