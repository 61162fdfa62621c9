//! Lanes: for each processor one thread with a runtime and connections of its own.
//!
//! A gateway call takes some tens of microseconds. On a runtime that shares its work among threads, as much again
//! goes into waking the other thread and moving the call there; on a lane a call stays where its connection is.
//! Whatever is not a call, a page or a delivery, may take its time: it is handed to the shared runtime, so that
//! no call waits behind it.

use std::{
    convert::Infallible,
    future::{Future, Ready, ready},
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    thread::{self, JoinHandle},
};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    http::StatusCode,
    response::{IntoResponse, Response},
    serve::{IncomingStream, Listener},
};
use futures_util::FutureExt;
use gateway::{Gateway, Quick};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::{Builder, Handle},
    sync::{mpsc, watch},
};
use tower::Service;

/// What a lane serves. It makes a service for each connection.
#[derive(Clone)]
pub struct Doors {
    /// The gateway, for the calls that come by the thousand.
    pub gateway: Gateway,
    /// The calls of the gateway, answered on the lane.
    pub calls: Router,
    /// Everything else, answered on the shared runtime.
    pub rest: Router,
    /// The shared runtime.
    pub shared: Handle,
}

impl Service<IncomingStream<'_, Lane>> for Doors {
    type Response = Guest;
    type Error = Infallible;
    type Future = Ready<Result<Guest, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, stream: IncomingStream<'_, Lane>) -> Self::Future {
        ready(Ok(self.guest(*stream.remote_addr())))
    }
}

impl Doors {
    /// What answers a connection from `address`.
    pub fn guest(&self, address: SocketAddr) -> Guest {
        Guest {
            doors: self.clone(),
            address,
        }
    }
}

/// One connection: the doors, and where it comes from.
#[derive(Clone)]
pub struct Guest {
    doors: Doors,
    address: SocketAddr,
}

impl Service<Request> for Guest {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A router is always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let doors = &mut self.doors;
        if let Some(call) = Quick::of(&request) {
            return Box::pin(doors.gateway.answer(call, request).map(Ok));
        }
        if gateway::is_call(request.uri().path()) {
            return Box::pin(doors.calls.call(request));
        }
        request.extensions_mut().insert(ConnectInfo(self.address));
        let work = doors.shared.spawn(doors.rest.call(request));
        Box::pin(async move {
            Ok(match work.await {
                Ok(Ok(response)) => response,
                Err(cut_short) => {
                    tracing::error!(%cut_short, "an answer was not finished");
                    StatusCode::INTERNAL_SERVER_ERROR.into_response()
                }
            })
        })
    }
}

/// The lanes, open until they are told to stop.
pub struct Lanes {
    entrances: Vec<mpsc::UnboundedSender<Arrival>>,
    threads: Vec<JoinHandle<io::Result<()>>>,
}

type Arrival = (std::net::TcpStream, SocketAddr);

impl Lanes {
    /// Opens `count` lanes; they finish what is in progress and end when `stop` changes.
    pub fn open(count: usize, doors: &Doors, stop: &watch::Receiver<()>) -> io::Result<Lanes> {
        let (mut entrances, mut threads) = (Vec::new(), Vec::new());
        for number in 0..count.max(1) {
            let (entrance, arrivals) = mpsc::unbounded_channel();
            let (doors, mut stop) = (doors.clone(), stop.clone());
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let serve = async move {
                axum::serve(Lane(arrivals), doors)
                    .with_graceful_shutdown(async move {
                        // An error means that nobody is left to tell it to stop: time to stop as well.
                        let _ = stop.changed().await;
                    })
                    .await
            };
            entrances.push(entrance);
            threads.push(
                thread::Builder::new()
                    .name(format!("lane-{number}"))
                    .spawn(move || runtime.block_on(serve))?,
            );
        }
        Ok(Lanes { entrances, threads })
    }

    /// Lets connections in, to each lane in turn, until `stop` changes; then waits for the lanes to end.
    pub async fn run(self, mut listener: TcpListener, mut stop: watch::Receiver<()>) -> io::Result<()> {
        for turn in 0.. {
            let (stream, address) = tokio::select! {
                arrival = Listener::accept(&mut listener) => arrival,
                _ = stop.changed() => break,
            };
            // Small answers leave at once: a query is one packet.
            let _ = stream.set_nodelay(true);
            let entrance = &self.entrances[turn % self.entrances.len()];
            if let Ok(stream) = stream.into_std() {
                // A lane that has ended has nobody to answer; the connection is closed by dropping it.
                let _ = entrance.send((stream, address));
            }
        }
        drop(listener);
        let threads = self.threads;
        tokio::task::spawn_blocking(move || {
            for thread in threads {
                match thread.join() {
                    Ok(served) => served?,
                    Err(_) => return Err(io::Error::other("a lane panicked")),
                }
            }
            Ok(())
        })
        .await?
    }
}

/// The connections of one lane.
struct Lane(mpsc::UnboundedReceiver<Arrival>);

impl Listener for Lane {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        while let Some((stream, address)) = self.0.recv().await {
            match TcpStream::from_std(stream) {
                Ok(stream) => return (stream, address),
                Err(error) => tracing::warn!(%error, "a connection could not be taken over"),
            }
        }
        // Nobody comes any more; the lane ends when it is told to.
        std::future::pending().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
