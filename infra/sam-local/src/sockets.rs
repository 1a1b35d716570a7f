//! The ports of a stack, taken before anything is read or started.

use crate::{error::Error, options::Options, stack::Stack};
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// The ports of the gateway, the AWS front, and the gateway for everybody where there is one.
#[derive(Debug)]
pub struct Sockets {
    pub(crate) gateway: TcpListener,
    pub(crate) public: Option<TcpListener>,
    pub(crate) aws: TcpListener,
    gateway_url: String,
    stack: Stack,
}

impl Sockets {
    /// Takes the ports.
    ///
    /// # Errors
    /// [`Error::PortInUse`] or [`Error::Listen`].
    pub async fn bind(options: &Options) -> Result<Self, Error> {
        let (aws, aws_url) = listen(options.aws_listen, "--aws-listen").await?;
        let (gateway, gateway_url) = listen(options.listen, "--listen").await?;
        let public = match options.public_listen {
            Some(address) => Some(listen(address, "--public-listen").await?.0),
            None => None,
        };
        Ok(Self {
            gateway,
            public,
            aws,
            gateway_url,
            stack: options.names(aws_url),
        })
    }

    /// Base URL of the gateway.
    pub fn gateway_url(&self) -> &str {
        &self.gateway_url
    }

    /// The names of the stack, the AWS front's URL among them.
    pub fn stack(&self) -> &Stack {
        &self.stack
    }
}

async fn listen(address: SocketAddr, flag: &'static str) -> Result<(TcpListener, String), Error> {
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AddrInUse => Error::PortInUse { address, flag },
        _ => Error::Listen { address, source },
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let url = format!("http://{}", listener.local_addr().map_err(failed)?);
    Ok((listener, url))
}
