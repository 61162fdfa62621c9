//! An SMTP server for tests: `mailin` speaks the protocol, this listens and keeps what came.
#![allow(dead_code, reason = "every story uses a part of it")]

use std::{
    io::{self, BufRead, BufReader, Write},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use app::notices::mail::{MailConfig, MailTls, Mailer};
use mailin::{Action, AuthMechanism, Handler, Response, SessionBuilder, response};

pub const PASSWORD: &str = "Post-2026";

/// How the server feels about letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Takes,
    /// 451: come back later.
    IsBusy,
    /// 550: no such mailbox.
    KnowsNobody,
    /// Greets and never says another word.
    IsSilent,
}

/// A letter that the server took.
#[derive(Clone, Debug, Default)]
pub struct Letter {
    pub from: String,
    pub to: Vec<String>,
    text: String,
}

impl Letter {
    /// The header, unfolded and decoded.
    pub fn header(&self, name: &str) -> String {
        let head = self.text.split("\r\n\r\n").next().unwrap();
        let head = head.replace("\r\n ", " ");
        let prefix = format!("{name}: ");
        let line = head.lines().find(|it| it.starts_with(&prefix));
        decoded(line.map_or("", |it| &it[prefix.len()..]))
    }

    /// The body, decoded.
    pub fn body(&self) -> String {
        let body = self.text.split_once("\r\n\r\n").unwrap().1;
        match self.header("Content-Transfer-Encoding").as_str() {
            "base64" => text_of_base64(&body.replace("\r\n", "")),
            "quoted-printable" => text_of_quoted(&body.replace("=\r\n", "")),
            _ => body.to_owned(),
        }
    }
}

fn text_of_base64(text: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    String::from_utf8(STANDARD.decode(text).unwrap()).unwrap()
}

fn text_of_quoted(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'=' && after.len() >= 2 {
            let hex = std::str::from_utf8(&after[..2]).unwrap();
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// RFC 2047 words in base64; other text passes.
fn decoded(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(' ') {
        match word
            .strip_prefix("=?utf-8?b?")
            .and_then(|it| it.strip_suffix("?="))
        {
            Some(word) => out.push_str(&text_of_base64(word)),
            None => {
                if !out.is_empty() {
                    out.push(' ');
                }
                out.push_str(word);
            }
        }
    }
    out
}

#[derive(Clone)]
struct Desk {
    mood: Arc<Mutex<Mood>>,
    taken: Arc<Mutex<Vec<Letter>>>,
    letter: Letter,
    bytes: Vec<u8>,
}

impl Handler for Desk {
    fn rcpt(&mut self, to: &str) -> Response {
        let _ = to;
        match *self.mood.lock().unwrap() {
            Mood::KnowsNobody => response::NO_MAILBOX,
            Mood::IsBusy => Response::custom(451, "come back later".to_owned()),
            Mood::Takes | Mood::IsSilent => response::OK,
        }
    }

    fn data_start(&mut self, _: &str, from: &str, _: bool, to: &[String]) -> Response {
        self.letter = Letter {
            from: from.to_owned(),
            to: to.to_vec(),
            text: String::new(),
        };
        self.bytes.clear();
        response::OK
    }

    fn data(&mut self, buf: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(buf);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.letter.text = String::from_utf8(std::mem::take(&mut self.bytes)).unwrap();
        self.taken.lock().unwrap().push(std::mem::take(&mut self.letter));
        response::OK
    }

    fn auth_plain(&mut self, _: &str, login: &str, password: &str) -> Response {
        if (login, password) == ("yishu", PASSWORD) {
            response::AUTH_OK
        } else {
            response::INVALID_CREDENTIALS
        }
    }
}

/// A server on a port of its own, until the process ends.
pub struct PostOffice {
    pub port: u16,
    desk: Desk,
}

impl PostOffice {
    pub fn open(mood: Mood) -> PostOffice {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let desk = Desk {
            mood: Arc::new(Mutex::new(mood)),
            taken: Arc::default(),
            letter: Letter::default(),
            bytes: Vec::new(),
        };
        let at_work = desk.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let desk = at_work.clone();
                thread::spawn(move || serve(&stream, desk));
            }
        });
        PostOffice { port, desk }
    }

    pub fn set(&self, mood: Mood) {
        *self.desk.mood.lock().unwrap() = mood;
    }

    /// How letters get here.
    pub fn config(&self) -> MailConfig {
        MailConfig {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            tls: MailTls::Plain,
            credentials: Some(("yishu".to_owned(), PASSWORD.to_owned())),
            from: "一数 <yishu@yongzhou.gov.cn>".to_owned(),
            site: Some("https://yishu.yongzhou.gov.cn/".to_owned()),
        }
    }

    /// The way here.
    pub fn mailer(&self) -> Mailer {
        Mailer::new(&self.config()).unwrap()
    }

    pub fn letters(&self) -> Vec<Letter> {
        self.desk.taken.lock().unwrap().clone()
    }
}

/// A port on which nobody listens.
pub fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn serve(stream: &TcpStream, desk: Desk) -> io::Result<()> {
    let mut builder = SessionBuilder::new("post.example");
    builder
        .enable_auth(AuthMechanism::Plain)
        .insecure_enable_plaintext_auth();
    let peer: IpAddr = stream.peer_addr().map(|it: SocketAddr| it.ip())?;
    let mood = Arc::clone(&desk.mood);
    let mut session = builder.build(peer, desk);
    let mut out = stream;
    session.greeting().write_to(&mut out)?;
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let answer = session.process(&line);
        let is_silent = *mood.lock().unwrap() == Mood::IsSilent;
        if answer.action != Action::NoReply && !is_silent {
            answer.write_to(&mut out)?;
            out.flush()?;
        }
        if answer.action == Action::Close {
            return Ok(());
        }
    }
}
