//! Lanes: for each processor one thread with a runtime and connections of its own.
//!
//! A gateway call takes some tens of microseconds. On a runtime that shares its work among threads, as much again
//! goes into waking the other thread and moving the call there; on a lane a call stays where its connection is.
//! Whatever is not a call, a page or a delivery, may take its time: it is handed to the shared runtime, so that
//! no call waits behind it.

use std::{convert::Infallible, io, net::SocketAddr, pin::Pin, thread, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::StatusCode,
    response::{IntoResponse, Response},
    serve::Listener,
};
use futures_util::FutureExt;
use gateway::{Gateway, Quick};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::{Builder, Handle},
    sync::{mpsc, watch},
};
use tower::Service;

/// The longest a connection may take to say what it asks for; also the longest it may be kept open without asking.
/// Without it, whoever opens connections and says nothing takes them from everybody else.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a lane serves.
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

/// An answer on its way.
pub type Answering = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl Doors {
    /// Answers one request of a connection from `address`.
    pub fn answer(&self, mut request: Request, address: SocketAddr) -> Answering {
        if let Some(call) = Quick::of(&request) {
            return Box::pin(self.gateway.answer(call, request).map(Ok));
        }
        // A router is always ready.
        if gateway::is_call(request.uri().path()) {
            return Box::pin(self.calls.clone().call(request));
        }
        request.extensions_mut().insert(ConnectInfo(address));
        let work = self.shared.spawn(self.rest.clone().call(request));
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
    threads: Vec<thread::JoinHandle<()>>,
}

type Arrival = (std::net::TcpStream, SocketAddr);

impl Lanes {
    /// Opens `count` lanes; they finish what is in progress and end when `stop` changes.
    pub fn open(count: usize, doors: &Doors, stop: &watch::Receiver<()>) -> io::Result<Lanes> {
        let (mut entrances, mut threads) = (Vec::new(), Vec::new());
        for number in 0..count.max(1) {
            let (entrance, arrivals) = mpsc::unbounded_channel();
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let serve = serve(arrivals, doors.clone(), stop.clone());
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
                thread.join().map_err(|_| io::Error::other("a lane panicked"))?;
            }
            Ok(())
        })
        .await?
    }
}

/// Works on one lane until `stop` changes, and finishes what is in progress then.
async fn serve(mut arrivals: mpsc::UnboundedReceiver<Arrival>, doors: Doors, mut stop: watch::Receiver<()>) {
    let (http, connections) = (http(PATIENCE), GracefulShutdown::new());
    loop {
        let (stream, address) = tokio::select! {
            Some(arrival) = arrivals.recv() => arrival,
            // An error means that nobody is left to tell it to stop: time to stop as well.
            _ = stop.changed() => break,
        };
        let stream = match TcpStream::from_std(stream) {
            Ok(stream) => TokioIo::new(stream),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken over");
                continue;
            }
        };
        let doors = doors.clone();
        let answer = service_fn(move |request: hyper::Request<Incoming>| {
            doors.answer(request.map(Body::new), address)
        });
        // How a connection ends is its client's business.
        let connection = connections.watch(http.serve_connection(stream, answer));
        tokio::spawn(connection.map(|_| ()));
    }
    connections.shutdown().await;
}

/// HTTP as it is spoken here: whoever does not say within `patience` what he asks for is hung up on.
fn http(patience: Duration) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience);
    http
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn whoever_begins_a_request_and_does_not_end_it_is_hung_up_on() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let answer = service_fn(|_| async { Ok::<_, Infallible>(Response::new(Body::from("told"))) });
                let connection =
                    http(Duration::from_millis(200)).serve_connection(TokioIo::new(stream), answer);
                tokio::spawn(connection.map(|_| ()));
            }
        });
        for (said, heard) in [
            ("", false),
            ("GET / HTTP/1.1\r\nhost: city\r\nx-slow: ", false),
            ("GET / HTTP/1.1\r\nhost: city\r\n\r\n", true),
        ] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(said.as_bytes()).await.unwrap();
            // Ends because the other side hangs up, and only then.
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert_eq!(answer.contains("told"), heard, "{said:?}: {answer}");
        }
    }
}
