//! The HTTP server: control routes first, everything else is the WeChat API.

use crate::{
    account::AccountSetup,
    api::{Cut, serve},
    assistant, control, jweixin,
    push::PushRequest,
    refusal::Refusal,
    state::State,
    timers::Task,
    window::{self, Guard, guarded},
};
use axum::{Router, body::Body, http::Request, middleware, response::Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tower_service::Service;

/// Pushes of the platform's own under way at the same time.
const PUSHES_AT_ONCE: usize = 64;

/// How to start the platform.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Accounts registered from the start.
    pub accounts: Vec<AccountSetup>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            accounts: Vec::new(),
        }
    }
}

/// Why the platform does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("cannot listen on {listen}: {cause}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// An account is faulty.
    #[error("account {app_id}: {cause}")]
    Account {
        /// The account.
        app_id: String,
        /// The field and its rule.
        #[source]
        cause: Refusal,
    },
}

/// A running platform; it ends when it is stopped or dropped.
pub struct Platform {
    address: SocketAddr,
    state: Arc<State>,
    server: JoinHandle<()>,
    timers: JoinHandle<()>,
}

impl Platform {
    /// Registers the accounts and listens.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let state = Arc::new(State::default());
        for setup in config.accounts {
            let app_id = setup.app_id.clone();
            state
                .add_account(setup)
                .map_err(|cause| StartError::Account { app_id, cause })?;
        }
        let refused = |cause| StartError::Listen {
            listen: config.listen,
            cause,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let is_loopback = address.ip().is_loopback();
        let guard = Guard { is_loopback };
        let server = tokio::spawn(accept(listener, guard, Arc::clone(&state)));
        let timers = tokio::spawn(act(Arc::clone(&state)));
        Ok(Self {
            address,
            state,
            server,
            timers,
        })
    }

    /// `http://address:port`, the base of the WeChat API and of the control API.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The control functions, in process.
    pub fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Closes the listener and every connection.
    pub async fn stop(mut self) {
        self.timers.abort();
        self.server.abort();
        let _ended = (&mut self.server).await;
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.timers.abort();
        self.server.abort();
    }
}

/// Does what the platform does by itself, in its time.
async fn act(state: Arc<State>) {
    let mut under_way = JoinSet::new();
    loop {
        let task = state.timers().due(|| state.clock().now_ms()).await;
        under_way.spawn(perform(Arc::clone(&state), task));
        while under_way.try_join_next().is_some() {}
        if under_way.len() >= PUSHES_AT_ONCE {
            under_way.join_next().await;
        }
    }
}

async fn perform(state: Arc<State>, task: Task) {
    match task {
        Task::Mass { app_id, msg_id } => drop(state.finish_mass(&app_id, msg_id)),
        // An account without a callback hears nothing, as on the real platform.
        Task::Push { app_id, push } => {
            drop(state.push(PushRequest::new(app_id.as_ref(), push)).await);
        }
    }
}

/// Ends with its connections: they belong to the set, and the set to this future.
async fn accept(listener: TcpListener, guard: Guard, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer.ip(), guard, Arc::clone(&state)));
                }
                // Out of file descriptors, most likely: others have to close first.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, caller: IpAddr, guard: Guard, state: Arc<State>) {
    let _ = stream.set_nodelay(true);
    let router = router(state, caller, guard);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut router = router.clone();
        async move {
            let response = router.call(request).await.map_err(io::Error::other)?;
            unless_cut(response)
        }
    });
    let _closed = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn router(state: Arc<State>, caller: IpAddr, guard: Guard) -> Router {
    let api = Arc::clone(&state);
    control::router(Arc::clone(&state))
        .merge(window::router(Arc::clone(&state)))
        .layer(middleware::from_fn_with_state(guard, guarded))
        .merge(jweixin::router(state))
        .merge(assistant::router())
        .fallback(move |request: Request<Body>| serve(Arc::clone(&api), caller, request))
}

/// An error instead of a response makes hyper close the connection without a word.
fn unless_cut(response: Response) -> io::Result<Response> {
    match response.extensions().get::<Cut>() {
        Some(Cut) => Err(io::ErrorKind::ConnectionAborted.into()),
        None => Ok(response),
    }
}
