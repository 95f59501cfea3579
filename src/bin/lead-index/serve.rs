//! `lead-index serve`: a file of leads over the Web API.

use std::future::IntoFuture;
#[cfg(unix)]
use std::future::poll_fn;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
#[cfg(unix)]
use std::task::Poll;
use std::time::Duration;

use lead_index::DateTime;
use lead_index::http::{App, Scope, router};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::timeout;

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
    /// A token and its scopes, XXX=users-list,user-read; may be given again.
    #[arg(long = "token", value_name = "SECRET=SCOPES", required = true, value_parser = read_token)]
    tokens: Vec<Token>,
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

/// Takes the address before the file is read, so that a taken one is told at once.
pub(crate) fn run(args: &Args) -> Result<(), Stop> {
    let listener = TcpListener::bind(args.listen)
        .map_err(|error| Stop::Failed(format!("{} cannot be listened on: {error}", args.listen)))?;
    let index = load(&args.data, args.now)?;
    let app = args
        .tokens
        .iter()
        .fold(App::new(args.app, index), |app, token| app.token(token.secret.as_str(), token.scopes.iter().copied()));
    let failed = |error: io::Error| Stop::Failed(format!("the server failed: {error}"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(serve(listener, app)).map_err(failed)
}

async fn serve(listener: TcpListener, app: App) -> io::Result<()> {
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
    use super::read_token;
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
}
