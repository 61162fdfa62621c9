//! A small load generator: keep-alive connections, one request in flight on each. The same code drives the
//! product and what it is compared with.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream as Plain;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// What a round of calls showed.
pub struct Round {
    /// Answers a second.
    pub per_second: f64,
    /// Half of the answers came within this, in milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 answers came within this, in milliseconds.
    pub p99_ms: f64,
    /// Bytes of one answer's body.
    pub body_bytes: usize,
}

/// Sends a plain GET and gives the status.
pub fn get(address: &str, path: &str) -> Result<u16, Box<dyn Error>> {
    Ok(ask(address, &format!("GET {path}"), &[], "")?.0)
}

/// Sends one request on a connection of its own; gives the status, the head and the body of the answer.
pub fn ask(
    address: &str,
    line: &str,
    headers: &[&str],
    body: &str,
) -> Result<(u16, String, String), Box<dyn Error>> {
    let mut stream = Plain::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut request = format!("{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for header in headers {
        request += &format!("{header}\r\n");
    }
    write!(stream, "{request}content-length: {}\r\n\r\n{body}", body.len())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8(answer)?;
    let status = answer.get(9..12).ok_or("no answer")?.parse()?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("half an answer")?;
    Ok((status, head.to_owned(), body.to_owned()))
}

/// Keeps `connections` busy for `lasting` with the requests that `request(n)` gives for n = 0, 1, 2 …
/// Any answer but 200 fails the round.
pub fn round(
    address: &str,
    connections: usize,
    lasting: Duration,
    request: impl Fn(u64) -> Vec<u8> + 'static,
) -> Result<Round, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let request = Rc::new(request);
    let until = Instant::now() + lasting;
    let tasks = LocalSet::new();
    let handles: Vec<_> = (0..connections as u64)
        .map(|first| {
            let (address, request) = (address.to_owned(), Rc::clone(&request));
            tasks.spawn_local(async move {
                let step = connections as u64;
                one_connection(&address, until, |n| request(first + n * step))
                    .await
                    .map_err(|it| it.to_string())
            })
        })
        .collect();
    let mut times = Vec::new();
    let mut body_bytes = 0;
    tasks.block_on(&runtime, async {
        for handle in handles {
            let (some, bytes) = handle.await??;
            times.extend(some);
            body_bytes = bytes;
        }
        Ok::<(), Box<dyn Error>>(())
    })?;
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize] as f64 / 1000.0;
    Ok(Round {
        per_second: times.len() as f64 / lasting.as_secs_f64(),
        p50_ms: at(0.50),
        p99_ms: at(0.99),
        body_bytes,
    })
}

/// The microseconds of each answer, and the bytes of the last body.
async fn one_connection(
    address: &str,
    until: Instant,
    request: impl Fn(u64) -> Vec<u8>,
) -> Result<(Vec<u32>, usize), Box<dyn Error>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut times = Vec::new();
    let mut body_bytes = 0;
    let mut buffer = Vec::with_capacity(16 * 1024);
    for n in 0.. {
        let since = Instant::now();
        if until <= since {
            break;
        }
        stream.write_all(&request(n)).await?;
        body_bytes = read_answer(&mut stream, &mut buffer).await?;
        times.push(since.elapsed().as_micros() as u32);
    }
    Ok((times, body_bytes))
}

/// Reads one answer with a Content-Length; gives the body's length.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<usize, Box<dyn Error>> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the connection was closed".into());
        }
        let Some(head) = buffer.windows(4).position(|it| it == b"\r\n\r\n") else {
            continue;
        };
        let words = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
        let length: usize = words
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .ok_or("an answer without its length")?
            .trim()
            .parse()?;
        while buffer.len() < head + 4 + length {
            if stream.read_buf(buffer).await? == 0 {
                return Err("the connection was closed in mid-answer".into());
            }
        }
        if buffer.get(9..12) != Some(b"200") {
            return Err(String::from_utf8_lossy(buffer).into_owned().into());
        }
        return Ok(length);
    }
}
