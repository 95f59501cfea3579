//! A server on a free port of this machine, and a client that speaks in bytes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::OnceLock;
use std::time::Duration;

use lead_index::http::{App, Scope, router};
use lead_index::{Clock, DateTime, Lead, LeadIndex};

/// The largest id there is: most JSON readers would round it.
pub(crate) const LARGEST: u64 = u64::MAX;

/// Three leads and a visitor who is none (9).
fn index() -> LeadIndex {
    let now: DateTime = START.parse().expect("a date");
    let index = LeadIndex::builder().clock(Clock::fixed(now)).build();
    let leads = [
        Lead::new(3568)
            .with_conversations(1)
            .with("$sessions", 1)
            .with("$last_seen", "2014-06-17T08:56:03")
            .with("$last_contacted", "2016-02-12T15:33:31")
            .with("$event_18_count", 4)
            .with("$event_18_first", "2014-06-15T22:14:08")
            .with("$event_18_last", "2014-06-23T07:50:46"),
        Lead::new(7)
            .with_user_id("u/54784 ж")
            .with_web_push(true)
            .with("$name", "Жук \"Q\"\n")
            .with("$last_seen", "2025-12-31T23:00:00")
            .with("$sessions", 3)
            .with("tags", ["a", "б"])
            .with("vip", true),
        Lead::new(LARGEST).with("$phone", "+7"),
        Lead::new(9).with("$sessions", 50),
    ];
    for lead in leads {
        index.insert(lead).expect("legal and new");
    }
    index
}

/// The index of the tests that write: as above, but for the largest id, so that new ones have room.
fn smaller_index() -> (LeadIndex, Clock) {
    let clock = Clock::fixed(START.parse().expect("a date"));
    let other = LeadIndex::builder().clock(clock.clone()).build();
    for id in [7, 9, 3568] {
        other.insert(index().get(id).expect("one of them")).expect("legal and new");
    }
    (other, clock)
}

/// Where the clock stands at first.
pub(crate) const START: &str = "2026-01-01T00:00:00";

/// A server of its own, for tests that change what it serves.
pub(crate) struct Server {
    address: SocketAddr,
    /// What it serves.
    pub(crate) index: LeadIndex,
    /// Its clock.
    pub(crate) clock: Clock,
}

impl Server {
    /// Serves 7, 9 and 3568.
    pub(crate) fn new() -> Self {
        Self::with(|app| app)
    }

    /// The same, set up otherwise.
    pub(crate) fn with(set_up: impl FnOnce(App) -> App) -> Self {
        let (index, clock) = smaller_index();
        Self { address: serve(set_up(app(&index))), index, clock }
    }

    /// Moves the clock this many seconds past its start.
    pub(crate) fn at(&self, seconds: i64) {
        let start: DateTime = START.parse().expect("a date");
        self.clock.set(DateTime::from_unix(start.unix() + seconds).expect("a date"));
    }

    pub(crate) fn call(&self, verb: &str, target: &str, body: &str) -> Reply {
        exchange_with(self.address, &request(verb, target, "", body.as_bytes()))
    }

    /// `GET` with the token that may do everything.
    pub(crate) fn get(&self, target: &str) -> Reply {
        self.call("GET", target, "auth_token=XXX")
    }

    /// Calls, reads the first bytes of the answer, does `meanwhile`, reads the rest.
    pub(crate) fn get_slowly(&self, target: &str, meanwhile: impl FnOnce()) -> Reply {
        let mut stream = connect(self.address);
        stream.write_all(&request("GET", target, "", b"auth_token=XXX")).expect("the server reads all of a request");
        let mut reply = vec![0; 100];
        stream.read_exact(&mut reply).expect("the server begins to answer");
        meanwhile();
        stream.read_to_end(&mut reply).expect("the server answers and closes");
        parse(reply, false)
    }

    /// `POST` with the token that may do everything.
    pub(crate) fn post(&self, target: &str, form: &str) -> Reply {
        self.call("POST", target, &format!("auth_token=XXX&{form}"))
    }
}

/// The app with the tokens that all tests use.
fn app(index: &LeadIndex) -> App {
    App::new(42, index.clone())
        .token("XXX", Scope::ALL)
        .token("ключ &=+", [Scope::UsersList])
        .token("lister", [Scope::UsersList])
        .token("reader", [Scope::UserRead])
        .token("writer", [Scope::UserWrite])
        .token("nothing", [])
}

/// The one server of all tests that only read.
fn address() -> SocketAddr {
    static SERVER: OnceLock<SocketAddr> = OnceLock::new();
    *SERVER.get_or_init(|| serve(app(&index())))
}

/// Serves an app on a thread of its own, until the process ends.
fn serve(app: App) -> SocketAddr {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            tell.send(listener.local_addr().expect("bound")).expect("awaited");
            axum::serve(listener, router(app)).await.expect("serves for ever");
        });
    });
    told.recv().expect("the server starts")
}

/// A response, as it came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    /// A header by its lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// `meta.error`, empty for an answer.
    pub(crate) fn error(&self) -> String {
        self.json()["meta"]["error"].as_str().unwrap_or_default().to_owned()
    }

    /// The ids of `data.users`.
    pub(crate) fn ids(&self) -> Vec<u64> {
        assert_eq!(self.status, 200, "{}", self.body);
        let json = self.json();
        json["data"]["users"].as_array().expect("a list").iter().map(|u| u["id"].as_u64().expect("a number")).collect()
    }

    /// Codes of `meta.error_fields`, by argument in the order of the answer's text.
    pub(crate) fn codes(&self) -> Vec<(String, Vec<String>)> {
        assert_eq!((self.status, self.error().as_str()), (400, "ValidationError"), "{}", self.body);
        let json = self.json();
        let fields = json["meta"]["error_fields"].as_object().expect("an object");
        let code = |fault: &serde_json::Value| fault["code"].as_str().expect("a code").to_owned();
        fields
            .iter()
            .map(|(name, faults)| (name.clone(), faults.as_array().expect("a list").iter().map(code).collect()))
            .collect()
    }
}

/// Sends bytes, reads to the end of the connection.
pub(crate) fn exchange(request: &[u8]) -> Reply {
    exchange_with(address(), request)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a legal time");
    stream
}

fn exchange_with(address: SocketAddr, request: &[u8]) -> Reply {
    let mut stream = connect(address);
    stream.write_all(request).expect("the server reads all of a request");
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).expect("the server answers and closes");
    parse(reply, request.starts_with(b"HEAD"))
}

fn parse(reply: Vec<u8>, head: bool) -> Reply {
    let reply = String::from_utf8(reply).expect("answers are UTF-8");
    let (top, body) = reply.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {reply:?}"));
    let mut lines = top.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(": ")).map(|(k, v)| (k.to_lowercase(), v.to_owned()));
    let mut reply = Reply { status: status.expect("a status"), headers: headers.collect(), body: body.to_owned() };
    if head {
        assert_eq!(reply.body, "");
    } else if reply.header("transfer-encoding") == Some("chunked") {
        reply.body = unchunk(body);
    } else {
        let length = reply.header("content-length").expect("a length").parse::<usize>().expect("a number");
        assert_eq!(reply.body.len(), length);
    }
    reply
}

/// A body that came in pieces and came to its end.
fn unchunk(mut rest: &str) -> String {
    let mut body = String::new();
    loop {
        let (length, tail) = rest.split_once("\r\n").expect("the length of a piece");
        let length = usize::from_str_radix(length, 16).expect("hexadecimal");
        if length == 0 {
            assert_eq!(tail, "\r\n");
            return body;
        }
        // A piece may end inside of a character, but ours end with a line.
        body.push_str(&tail[..length]);
        rest = tail[length..].strip_prefix("\r\n").expect("the end of a piece");
    }
}

/// A request with extra header lines (each ending in `\r\n`) and a body.
pub(crate) fn call(verb: &str, target: &str, headers: &str, body: &[u8]) -> Reply {
    exchange(&request(verb, target, headers, body))
}

fn request(verb: &str, target: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let top = format!("{verb} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}{length}\r\n");
    [top.as_bytes(), body].concat()
}

/// `GET` without a body.
pub(crate) fn get(target: &str) -> Reply {
    call("GET", target, "", b"")
}

/// The list method of v2 with the token and these arguments.
pub(crate) fn list(arguments: &str) -> Reply {
    get(&format!("/v2/apps/42/users?auth_token=XXX&{arguments}"))
}

/// Percent-encodes whatever is not a letter or digit.
pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
