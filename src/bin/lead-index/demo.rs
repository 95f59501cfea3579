//! `lead-index demo`: made-up leads in memory and nine kinds of query, with times.

use std::io::{self, BufWriter, Write};
use std::time::{Duration, Instant};

use lead_index::sample::{self, QueryClass};
use lead_index::{Clock, JsonLines, LeadIndex, LeadRef, Page, Query};
use serde::Deserialize;
use unicode_width::UnicodeWidthStr;

use crate::load::report_rejects;
use crate::output::{WIDTH, count, counted, lead_progress, printable, property_text, stdout, took};
use crate::stop::Stop;
use crate::table::cut;

/// Runs of each query after the first; the median is shown.
const RUNS: usize = 15;
/// Leads of each page that are shown.
const HEAD: usize = 3;
const SEED: u64 = sample::SEED;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many leads.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    leads: u64,
}

pub(crate) fn run(args: &Args) -> Result<(), Stop> {
    let start = Instant::now();
    let index = generate(args.leads)?;
    let built = start.elapsed();
    let mut out = stdout();
    let intro = writeln!(
        out,
        "{} made and loaded in {}; {} of them are leads; {} MiB in memory\n\
         first: the first answer, sort order built on the way; then: median of {RUNS} more",
        counted(index.len(), "person", "people"),
        took(built),
        count(index.lead_count()),
        count(index.memory().total() >> 20),
    );
    intro.and_then(|()| out.flush()).map_err(|error| Stop::writing(&error))?;
    for class in sample::query_classes(args.leads) {
        let answer = ask(&index, &class.query).map_err(|error| Stop::library("a query failed", &error))?;
        write(&mut out, &class, &answer).and_then(|()| out.flush()).map_err(|error| Stop::writing(&error))?;
    }
    Ok(())
}

/// One thread makes the leads, this one imports them; between them a pipe.
fn generate(leads: u64) -> Result<LeadIndex, Stop> {
    let index = LeadIndex::builder().clock(Clock::fixed(sample::now())).build();
    let (reader, writer) = io::pipe().map_err(|error| Stop::Failed(format!("no pipe could be opened: {error}")))?;
    let bar = lead_progress(leads, "loading");
    let shown = bar.clone();
    let maker = std::thread::spawn(move || {
        sample::write_json_lines(BufWriter::new(writer), leads, SEED, |done| shown.set_position(done))
    });
    let report = index.import(JsonLines::from_reader(reader));
    let made = maker.join();
    bar.finish_and_clear();
    report_rejects(&report.map_err(|error| Stop::library("the leads could not be loaded", &error))?);
    match made {
        Ok(Ok(())) => Ok(index),
        Ok(Err(error)) => Err(Stop::Failed(format!("the leads could not be made: {error}"))),
        Err(_) => Err(Stop::Failed("the leads could not be made".to_owned())),
    }
}

struct Answer {
    page: Page,
    sort_prop: String,
    first: Duration,
    then: Duration,
}

fn ask(index: &LeadIndex, query: &Query) -> Result<Answer, lead_index::Error> {
    let sort_prop = sort_prop(query);
    index.drop_order(&sort_prop)?;
    let (page, first) = timed(index, query)?;
    index.prepare_order(&sort_prop);
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        times.push(timed(index, query)?.1);
    }
    times.sort_unstable();
    Ok(Answer { page, sort_prop, first, then: times[RUNS / 2] })
}

fn timed(index: &LeadIndex, query: &Query) -> Result<(Page, Duration), lead_index::Error> {
    let start = Instant::now();
    let page = index.query(query)?;
    Ok((page, start.elapsed()))
}

/// The sorted property, from the query's JSON form.
fn sort_prop(query: &Query) -> String {
    #[derive(Deserialize)]
    struct Sorted {
        sort_prop: String,
    }
    serde_json::to_string(query)
        .and_then(|json| serde_json::from_str::<Sorted>(&json))
        .map_or_else(|_| "$last_seen".to_owned(), |sorted| sorted.sort_prop)
}

fn write(out: &mut impl Write, class: &QueryClass, answer: &Answer) -> io::Result<()> {
    let title = cut(&printable(&format!("{}  {}", class.id, class.title)), WIDTH);
    let leads = counted(answer.page.total(), "lead", "leads");
    writeln!(out, "\n{title}")?;
    writeln!(out, "    {leads:<20}first {:>10}   then {:>10}", took(answer.first), took(answer.then))?;
    for lead in answer.page.leads().take(HEAD) {
        writeln!(out, "    {}", cut(&head_line(&lead, &answer.sort_prop), WIDTH - 4))?;
    }
    Ok(())
}

/// Id, the sorted property and, unless that was it, the name.
fn head_line(lead: &LeadRef<'_>, sort_prop: &str) -> String {
    let sorted = property_text(lead, sort_prop).unwrap_or_else(|| "unknown".to_owned());
    let sorted = cut(&printable(&format!("{sort_prop} {sorted}")), 44);
    let name = if sort_prop == "$name" { None } else { property_text(lead, "$name") };
    let padding = " ".repeat(44 - sorted.width());
    let line = format!("{:>12}   {sorted}{padding}   {}", lead.id(), printable(&name.unwrap_or_default()));
    line.trim_end().to_owned()
}
