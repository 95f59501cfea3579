//! `lead-index query`: one query over a file.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use lead_index::http::{Style, users_json};
use lead_index::{DateTime, Filter, LeadRef, Order, Page, Query, ValueRef, limits};

use crate::load::load;
use crate::output::{WIDTH, count, counted, property_text, stdout, took};
use crate::stop::Stop;
use crate::table::{Column, Table};

/// What people look for first; shown after the sorted property where the page has it.
const PREFERRED: [&str; 7] = ["$name", "$email", "$phone", "$user_id", "$last_seen", "$sessions", "$country"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The leads: JSON Lines, plain or gzip.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Whom to find, in the filter dialect; all leads if left out.
    #[arg(long, value_name = "JSON")]
    filters: Option<String>,
    /// The property to sort by.
    #[arg(long, value_name = "PROPERTY", default_value = "$last_seen")]
    sort_prop: String,
    /// `asc` or `desc`; whoever lacks the property comes last.
    #[arg(long, value_name = "ORDER", value_enum, hide_possible_values = true, default_value = "desc")]
    sort_order: SortOrder,
    /// How many of the sorted leads to leave out.
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: u64,
    /// How many to show, 1 to 10,000.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=limits::PAGE_LIMIT))]
    limit: u64,
    /// Answer as of this moment, such as 2026-01-01T00:00:00.
    #[arg(long, value_name = "TIME")]
    now: Option<DateTime>,
    /// `table` for people, or `json` as the Web API answers.
    #[arg(long, value_enum, hide_possible_values = true, default_value = "table")]
    format: Format,
    /// Show how the query is worked out, too (on stderr with --format json).
    #[arg(long)]
    explain: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum SortOrder {
    Asc,
    Desc,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

/// Checks the call before the file is read, answers, writes.
pub(crate) fn run(args: &Args) -> Result<(), Stop> {
    let query = query(args)?;
    let index = load(&args.data, args.now)?;
    let start = Instant::now();
    let page = index.query(&query).map_err(|error| Stop::library("the query failed", &error))?;
    let time = start.elapsed();
    let plan = if args.explain {
        let plan = index.explain(&query).map_err(|error| Stop::library("the query cannot be explained", &error))?;
        Some(plan.to_string())
    } else {
        None
    };
    write(args, &page, time, plan.as_deref()).map_err(|error| Stop::writing(&error))
}

fn query(args: &Args) -> Result<Query, Stop> {
    let filter = match &args.filters {
        Some(json) => Filter::from_json(json).map_err(|error| Stop::library("--filters", &error))?,
        None => Filter::all([]),
    };
    let order = match args.sort_order {
        SortOrder::Asc => Order::Asc,
        SortOrder::Desc => Order::Desc,
    };
    let query =
        Query::new().filter(filter).offset(args.offset).limit(args.limit).sort_by(args.sort_prop.as_str(), order);
    query.validate(limits::PAGE_LIMIT).map_err(|error| Stop::library("--sort-prop", &error))?;
    Ok(query)
}

fn write(args: &Args, page: &Page, time: Duration, plan: Option<&str>) -> io::Result<()> {
    let mut out = stdout();
    if args.format == Format::Json {
        if let Some(plan) = plan {
            eprintln!("{}", plan.trim_end());
        }
        out.write_all(&users_json(page, Style::default()))?;
        writeln!(out)?;
        return out.flush();
    }
    if page.leads().len() > 0 {
        table(page, &args.sort_prop).write(&mut out)?;
        writeln!(out)?;
    }
    writeln!(out, "{}, in {}", summary(args.offset, page), took(time))?;
    if let Some(plan) = plan {
        writeln!(out, "\n{}", plan.trim_end())?;
    }
    out.flush()
}

/// `1 to 20 of 245 leads`.
fn summary(offset: u64, page: &Page) -> String {
    let leads = counted(page.total(), "lead", "leads");
    match page.leads().len() as u64 {
        0 if page.total() == 0 => "no leads".to_owned(),
        0 => format!("none left of {leads}"),
        shown => format!("{} to {} of {leads}", count(offset + 1), count(offset + shown)),
    }
}

fn table(page: &Page, sort_prop: &str) -> Table {
    let leads: Vec<LeadRef<'_>> = page.leads().collect();
    let mut table = Table::default();
    let names = ["$id", "$presence"].into_iter().chain(useful_props(&leads, sort_prop));
    for name in names {
        table.push(column(&leads, name), WIDTH);
    }
    table
}

fn column(leads: &[LeadRef<'_>], name: &str) -> Column {
    let cells: Vec<String> = leads.iter().map(|lead| property_text(lead, name).unwrap_or_default()).collect();
    let cells = cells.iter().map(String::as_str);
    match name {
        "$id" => Column::right("id", cells),
        "$presence" => Column::left("presence", cells),
        _ if numeric(leads, name) => Column::right(name, cells),
        _ => Column::left(name, cells),
    }
}

fn numeric(leads: &[LeadRef<'_>], name: &str) -> bool {
    leads.iter().filter_map(|lead| lead.get(name)).all(|value| matches!(value, ValueRef::Number(_)))
}

/// The sorted property, the preferred ones, then the rest by how many of the page know them.
fn useful_props<'a>(leads: &[LeadRef<'a>], sort_prop: &'a str) -> Vec<&'a str> {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in leads.iter().flat_map(LeadRef::props) {
        *known.entry(name).or_default() += 1;
    }
    let mut rest: Vec<(&str, usize)> = known.into_iter().collect();
    rest.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let mut names: Vec<&str> = Vec::new();
    for name in [sort_prop].into_iter().chain(PREFERRED).chain(rest.into_iter().map(|(name, _)| name)) {
        let shown_anyway = matches!(name, "$id" | "$presence");
        if !shown_anyway && !names.contains(&name) && leads.iter().any(|lead| lead.get(name).is_some()) {
            names.push(name);
        }
    }
    names
}
