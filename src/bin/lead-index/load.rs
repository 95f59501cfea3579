//! Loading a file of leads into an index.

use std::path::Path;

use indicatif::ProgressBar;
use lead_index::{Clock, DateTime, ImportReport, JsonLines, LeadIndex, Progress};

use crate::output::{count, printable, progress};
use crate::stop::Stop;

/// How many of the lines not taken are shown.
const REJECTS_SHOWN: usize = 5;

/// The leads of a file, JSON Lines or gzip, with a progress bar. Lines that are not taken are
/// summed up on stderr.
pub(crate) fn load(path: &Path, now: Option<DateTime>) -> Result<LeadIndex, Stop> {
    let clock = now.map_or_else(Clock::system, Clock::fixed);
    let index = LeadIndex::builder().clock(clock).build();
    let bar = progress(0, "reading", "{msg} [{bar:40}] {bytes} of {total_bytes}, {eta} left");
    let shown = bar.clone();
    let report =
        JsonLines::open(path).and_then(|lines| index.import(lines.on_progress(move |progress| show(&shown, progress))));
    bar.finish_and_clear();
    let report = report.map_err(|error| failed(path, &error))?;
    report_rejects(&report);
    Ok(index)
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.total_bytes.unwrap_or(progress.bytes));
    bar.set_position(progress.bytes);
}

fn failed(path: &Path, error: &lead_index::Error) -> Stop {
    let message = error.problems().first().map_or_else(|| error.to_string(), |problem| problem.message.clone());
    let path = path.display().to_string();
    Stop::Failed(if message.contains(&path) { message } else { format!("{path} cannot be read: {message}") })
}

/// One line with the count, then the first few.
pub(crate) fn report_rejects(report: &ImportReport) {
    if report.rejected == 0 {
        return;
    }
    let lines = report.accepted + report.rejected;
    eprintln!("lead-index: {} of {} lines were not taken:", count(report.rejected), count(lines));
    for reject in report.rejects.iter().take(REJECTS_SHOWN) {
        eprintln!("  line {}: {} [{}]", reject.line, printable(&reject.message), reject.code);
    }
    let shown = report.rejects.len().min(REJECTS_SHOWN) as u64;
    if report.rejected > shown {
        eprintln!("  and {} more", count(report.rejected - shown));
    }
}
