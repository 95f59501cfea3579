//! `/apps/{app}/users/export`: all leads that match, in the form in which they are imported.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http_body::Frame;

use super::answer::Answer;
use super::call::Call;
use super::failure::{Failure, Faults};
use super::users::{filter, sorting};
use crate::Lead;

/// How many bytes are made before they are sent: enough to make sending cheap, little enough to hold
/// for a client that reads slowly.
const FRAME_BYTES: usize = 64 << 10;

/// A line a lead, from one point in time, made as the client reads them.
pub(super) fn export(call: &Call<'_>) -> Result<Answer, Failure> {
    let mut faults = Faults::default();
    call.check_app(&mut faults);
    let snapshot = call.time.of(|| call.app.index.snapshot());
    let filter = filter(call, &snapshot, &mut faults);
    let (sort_prop, order) = sorting(call, &mut faults);
    faults.into_result()?;
    let export = call.time.of(|| snapshot.export(&filter, sort_prop, order));
    let leads = export.map_err(|error| Failure::of_query(&error))?;
    Ok(Answer::Lines(Body::new(Lines { leads: Some(leads) })))
}

/// Leads as JSON lines. An error in the middle ends the connection: a client that sees the end of the
/// body has them all.
struct Lines<I> {
    /// `None` at the end.
    leads: Option<I>,
}

impl<I: Iterator<Item = Lead> + Unpin> HttpBody for Lines<I> {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let this = self.get_mut();
        let Some(leads) = &mut this.leads else { return Poll::Ready(None) };
        // Unwind safety: what broke is not asked again.
        let made = catch_unwind(AssertUnwindSafe(|| make_frame(leads)));
        let frame = match made {
            Ok(Ok(lines)) if lines.is_empty() => None,
            Ok(Ok(lines)) => return Poll::Ready(Some(Ok(Frame::data(lines.into())))),
            Ok(Err(_)) | Err(_) => Some(Err(BrokenOff)),
        };
        this.leads = None;
        Poll::Ready(frame)
    }
}

/// The next lines; none at the end.
fn make_frame(leads: &mut impl Iterator<Item = Lead>) -> serde_json::Result<Vec<u8>> {
    let mut lines = Vec::new();
    while lines.len() < FRAME_BYTES
        && let Some(lead) = leads.next()
    {
        serde_json::to_writer(&mut lines, &lead)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// The export cannot go on. Why stands in the log.
#[derive(Debug)]
struct BrokenOff;

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the export broke off")
    }
}

impl std::error::Error for BrokenOff {}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use axum::Router;
    use axum::body::{Body, HttpBody};
    use axum::routing::get;

    use super::{FRAME_BYTES, Lines};
    use crate::Lead;

    /// Leads whose fifth thousand is never reached.
    fn breaking() -> impl Iterator<Item = Lead> + Send + Unpin {
        (1..).map(|id| {
            assert!(id < 5_000, "a bug; its text stays in the log");
            Lead::new(id)
        })
    }

    /// The lengths of all frames; `None` for an error.
    fn frames(leads: impl Iterator<Item = Lead> + Unpin) -> Vec<Option<usize>> {
        let mut lines = Lines { leads: Some(leads) };
        let mut frames = Vec::new();
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(frame)) = Pin::new(&mut lines).poll_frame(&mut context) {
            frames.push(frame.ok().map(|frame| frame.into_data().expect("no trailers").len()));
        }
        frames
    }

    #[test]
    fn frames_are_full_but_for_the_last() {
        assert_eq!(frames(std::iter::empty()), []);
        let line = "{\"id\":1,\"conversations\":0,\"web_push\":false,\"props\":{}}\n".len();
        assert_eq!(frames((1..3).map(Lead::new)), [Some(2 * line)]);
        let many = frames((100_000..110_000).map(Lead::new));
        assert!(many.len() > 2 && many.iter().flatten().sum::<usize>() == 10_000 * (line + 5));
        let (last, full) = many.split_last().expect("many");
        assert!(full.iter().flatten().all(|len| (FRAME_BYTES..FRAME_BYTES + 100).contains(len)), "{full:?}");
        assert!(last.is_some_and(|len| len < FRAME_BYTES + 100));
    }

    #[test]
    fn a_panic_in_the_middle_is_an_error_and_the_end() {
        let frames = frames(breaking());
        assert!(frames.len() > 2);
        assert!(frames[..frames.len() - 1].iter().all(Option::is_some));
        assert_eq!(frames.last(), Some(&None));
    }

    #[test]
    fn a_client_sees_that_an_export_broke_off() {
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                tell.send(listener.local_addr().expect("bound")).expect("awaited");
                let broken = get(async || Body::new(Lines { leads: Some(breaking()) }));
                let whole = get(async || Body::new(Lines { leads: Some((1..5_000).map(Lead::new)) }));
                let app = Router::new().route("/broken", broken).route("/whole", whole);
                axum::serve(listener, app).await.expect("serves for ever");
            });
        });
        let address = told.recv().expect("the server starts");
        let ends_well = |path: &str| {
            let mut stream = TcpStream::connect(address).expect("it listens");
            write!(stream, "GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n").expect("sent");
            let mut reply = Vec::new();
            stream.read_to_end(&mut reply).ok();
            reply.starts_with(b"HTTP/1.1 200 ") && reply.ends_with(b"\r\n0\r\n\r\n")
        };
        assert!(ends_well("/whole"));
        assert!(!ends_well("/broken"));
    }
}
