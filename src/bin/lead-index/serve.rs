//! `lead-index serve`: a file of leads over the Web API, segments kept from the start.

use std::future::IntoFuture;
#[cfg(unix)]
use std::future::poll_fn;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
#[cfg(unix)]
use std::task::Poll;
use std::time::Duration;

use lead_index::http::{App, Scope, router};
use lead_index::{DateTime, LeadIndex};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::load::load;
use crate::stop::Stop;

/// How long open requests may take to end after the signal to stop.
const DRAIN: Duration = Duration::from_secs(10);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The leads: JSON Lines, plain or gzip.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// The app's number.
    #[arg(long, value_name = "N")]
    app: u64,
    /// A token, XXX=users-list,user-read,user-write; may be repeated.
    #[arg(long = "token", value_name = "SECRET=SCOPES", required = true, value_parser = read_token)]
    tokens: Vec<Token>,
    /// A filter to keep, 1={"type":...}; may be repeated, numbered from 1.
    #[arg(long = "segment", value_name = "ID=JSON", value_parser = read_segment)]
    segments: Vec<Segment>,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Answer as of this moment, such as 2026-01-01T00:00:00.
    #[arg(long, value_name = "TIME")]
    now: Option<DateTime>,
}

#[derive(Debug, Clone)]
struct Token {
    secret: String,
    scopes: Vec<Scope>,
}

/// Splits at the last `=`: a secret may hold one, a scope never does.
fn read_token(text: &str) -> Result<Token, String> {
    let (secret, scopes) = text.rsplit_once('=').ok_or("a token is written SECRET=SCOPE,SCOPE")?;
    if secret.is_empty() {
        return Err("the secret before the last = is empty".to_owned());
    }
    let scopes = scopes.split(',').map(|name| name.trim().parse::<Scope>().map_err(|unknown| unknown.to_string()));
    Ok(Token { secret: secret.to_owned(), scopes: scopes.collect::<Result<_, _>>()? })
}

#[derive(Debug, Clone)]
struct Segment {
    id: u64,
    json: String,
}

/// Splits at the first `=`: the JSON may hold more of them.
fn read_segment(text: &str) -> Result<Segment, String> {
    let (id, json) = text.split_once('=').ok_or("a segment is written ID=JSON")?;
    let id = id.parse().map_err(|_| format!("the id before the first = is a whole number, not {id:?}"))?;
    Ok(Segment { id, json: json.to_owned() })
}

/// Keeps the filters; the index numbers them, and must come to the same numbers.
fn keep(index: &LeadIndex, segments: &[Segment]) -> Result<(), Stop> {
    for Segment { id, json } in segments {
        let kept = index.parse_filter(json).and_then(|filter| index.keep_as(format!("segment {id}"), filter));
        let kept = kept.map_err(|error| Stop::library(format_args!("--segment {id}"), &error))?.id();
        if kept != *id {
            let sentence =
                format!("--segment {id}: segments are numbered from 1 in their order, so this one is {kept}");
            return Err(Stop::WrongCall(sentence));
        }
    }
    Ok(())
}

/// Takes the address before the file is read, so that a taken one is told at once. Segments are tried
/// on an empty index for the same reason.
pub(crate) fn run(args: &Args) -> Result<(), Stop> {
    keep(&LeadIndex::new(), &args.segments)?;
    let listener = TcpListener::bind(args.listen)
        .map_err(|error| Stop::Failed(format!("{} cannot be listened on: {error}", args.listen)))?;
    let index = load(&args.data, args.now)?;
    keep(&index, &args.segments)?;
    let app = args.tokens.iter().fold(App::new(args.app, index.clone()), |app, token| {
        app.token(token.secret.as_str(), token.scopes.iter().copied())
    });
    let failed = |error: io::Error| Stop::Failed(format!("the server failed: {error}"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(serve(listener, app, index)).map_err(failed)
}

/// Brings the segments up to the clock each second. It ends with the runtime.
async fn tick(index: LeadIndex) {
    let mut seconds = interval(Duration::from_secs(1));
    // After a long write the next tick makes up for all that were missed.
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        seconds.tick().await;
        // It fails inside of a write of this thread only, and this is none.
        index.tick().ok();
    }
}

async fn serve(listener: TcpListener, app: App, index: LeadIndex) -> io::Result<()> {
    // Before the first line: a signal sent as soon as it appears is heard.
    let signals = Signals::listen()?;
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    announce(listener.local_addr()?);
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, router(app)).with_graceful_shutdown(async {
        // Ends when `stop` is dropped.
        stopped.await.ok();
    });
    let server = tokio::spawn(server.into_future());
    tokio::spawn(tick(index));
    signals.wait().await;
    drop(stop);
    match timeout(DRAIN, server).await {
        Ok(Ok(ended)) => ended,
        Ok(Err(panicked)) => Err(io::Error::other(panicked)),
        Err(_) => {
            eprintln!("lead-index: closed connections that were still open after {} s", DRAIN.as_secs());
            Ok(())
        }
    }
}

/// The first line of the output. Nobody need read it, so a closed pipe is no reason not to serve.
fn announce(address: SocketAddr) {
    let mut out = io::stdout().lock();
    writeln!(out, "listening on http://{address}").and_then(|()| out.flush()).ok();
}

/// Ctrl-C and SIGTERM.
#[cfg(unix)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn wait(mut self) {
        poll_fn(|context| {
            let interrupted = self.interrupt.poll_recv(context).is_ready();
            let terminated = self.terminate.poll_recv(context).is_ready();
            if interrupted || terminated { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// Ctrl-C, where there are no other signals.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn wait(self) {
        tokio::signal::ctrl_c().await.ok();
    }
}

#[cfg(test)]
mod tests {
    use super::{read_segment, read_token};
    use lead_index::http::Scope;

    #[test]
    fn a_token_splits_at_its_last_equals_sign() {
        let token = read_token("a=b==users-list,user-read").expect("legal");
        assert_eq!(token.secret, "a=b=");
        assert_eq!(token.scopes, [Scope::UsersList, Scope::UserRead]);
        for wrong in ["XXX", "=users-list", "XXX=", "XXX=all", "XXX=users-list,"] {
            assert!(read_token(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_segment_splits_at_its_first_equals_sign() {
        let segment = read_segment(r#"12={"a":"="}"#).expect("legal");
        assert_eq!((segment.id, segment.json.as_str()), (12, r#"{"a":"="}"#));
        for wrong in ["{}", "={}", "a={}", "-1={}", " 1={}", "99999999999999999999={}"] {
            assert!(read_segment(wrong).is_err(), "{wrong}");
        }
    }
}
