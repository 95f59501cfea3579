//! `lead-index generate`: a file of made-up leads.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use lead_index::sample;

use crate::output::{counted, lead_progress, stdout};
use crate::stop::Stop;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many leads.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    leads: u64,
    /// The same seed gives the same leads.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Where to: gzip if the name ends in .gz, `-` for stdout.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<(), Stop> {
    if args.out == Path::new("-") {
        return write(args, stdout()).map(drop).map_err(|error| Stop::writing(&error));
    }
    let name = args.out.display();
    write_file(args).map_err(|error| Stop::Failed(format!("{name} cannot be written: {error}")))?;
    eprintln!("wrote {} to {name}", counted(args.leads, "lead", "leads"));
    Ok(())
}

fn write_file(args: &Args) -> io::Result<()> {
    let file = BufWriter::new(File::create(&args.out)?);
    let mut file = if args.out.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz")) {
        write(args, GzEncoder::new(file, Compression::fast()))?.finish()?
    } else {
        write(args, file)?
    };
    file.flush()
}

/// Writes the leads and hands the writer back, so that it can be finished.
fn write<W: Write>(args: &Args, mut out: W) -> io::Result<W> {
    let bar = lead_progress(args.leads, "writing");
    let result = sample::write_json_lines(&mut out, args.leads, args.seed, |done| bar.set_position(done));
    bar.finish_and_clear();
    result?;
    out.flush()?;
    Ok(out)
}
