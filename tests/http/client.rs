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
    let now: DateTime = "2026-01-01T00:00:00".parse().expect("a date");
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

/// The one server of all tests.
fn address() -> SocketAddr {
    static SERVER: OnceLock<SocketAddr> = OnceLock::new();
    *SERVER.get_or_init(|| {
        let app = App::new(42, index())
            .token("XXX", [Scope::UsersList, Scope::UserRead])
            .token("ключ &=+", [Scope::UsersList])
            .token("reader", [Scope::UserRead])
            .token("nothing", []);
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
    })
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
    let mut stream = TcpStream::connect(address()).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a legal time");
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
    let reply = Reply { status: status.expect("a status"), headers: headers.collect(), body: body.to_owned() };
    let length = reply.header("content-length").expect("a length").parse::<usize>().expect("a number");
    assert_eq!(reply.body.len(), if head { 0 } else { length });
    reply
}

/// A request with extra header lines (each ending in `\r\n`) and a body.
pub(crate) fn call(verb: &str, target: &str, headers: &str, body: &[u8]) -> Reply {
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let top = format!("{verb} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}{length}\r\n");
    exchange(&[top.as_bytes(), body].concat())
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
