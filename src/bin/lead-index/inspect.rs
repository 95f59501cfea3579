//! `lead-index inspect`: what a file of leads holds.

use std::io::{self, Write};
use std::path::PathBuf;

use lead_index::{LeadIndex, PropertyInfo};

use crate::load::load;
use crate::output::{WIDTH, count, counted, stdout};
use crate::stop::Stop;
use crate::table::{Column, Table};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The leads: JSON Lines, plain or gzip.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<(), Stop> {
    let index = load(&args.data, None)?;
    write(&index).map_err(|error| Stop::writing(&error))
}

fn write(index: &LeadIndex) -> io::Result<()> {
    let mut out = stdout();
    let people = index.len();
    let properties = index.properties();
    writeln!(
        out,
        "{}, {} of them leads, {}\n",
        counted(people, "person", "people"),
        count(index.lead_count()),
        counted(properties.len() as u64, "property", "properties"),
    )?;
    table(&properties, people).write(&mut out)?;
    writeln!(out, "\n{}", index.memory().to_string().trim_end())?;
    out.flush()
}

fn table(properties: &[PropertyInfo], people: u64) -> Table {
    let cells = |cell: &dyn Fn(&PropertyInfo) -> String| properties.iter().map(cell).collect::<Vec<_>>();
    let names = cells(&|property| property.name.clone());
    let types = cells(&type_names);
    let shares = cells(&|property| share(property.types.iter().map(|&(_, n)| n).sum(), people));
    let distinct = cells(&|property| count(property.distinct));
    let mut table = Table::default();
    table.push(Column::left("property", names.iter().map(String::as_str)), WIDTH);
    table.push(Column::left("types", types.iter().map(String::as_str)), WIDTH);
    table.push(Column::right("known", shares.iter().map(String::as_str)), WIDTH);
    table.push(Column::right("distinct", distinct.iter().map(String::as_str)), WIDTH);
    table
}

/// The one type, or each with its share of the values.
fn type_names(property: &PropertyInfo) -> String {
    let all: u64 = property.types.iter().map(|&(_, n)| n).sum();
    match property.types.as_slice() {
        [(only, _)] => only.to_string(),
        types => types.iter().map(|(name, n)| format!("{name} {}", share(*n, all))).collect::<Vec<_>>().join(", "),
    }
}

/// `12.3 %`; what is there is never shown as 0, and what lacks something never as 100.
fn share(part: u64, all: u64) -> String {
    if all == 0 || part == 0 {
        return "0 %".to_owned();
    }
    if part == all {
        return "100 %".to_owned();
    }
    let percent = part as f64 / all as f64 * 100.0;
    format!("{:.1} %", percent.clamp(0.1, 99.9))
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_share_is_honest_at_its_ends() {
        assert_eq!(share(0, 10), "0 %");
        assert_eq!(share(1, 1_000_000), "0.1 %");
        assert_eq!(share(1, 8), "12.5 %");
        assert_eq!(share(999_999, 1_000_000), "99.9 %");
        assert_eq!(share(10, 10), "100 %");
        assert_eq!(share(0, 0), "0 %");
    }
}
