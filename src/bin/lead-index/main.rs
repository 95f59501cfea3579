//! The command `lead-index`: look into a file of leads, make one, try the engine, serve it.

mod demo;
mod generate;
mod inspect;
mod load;
mod output;
mod query;
mod serve;
mod stop;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// An in-memory index of leads: filter by any property, exact totals, sort by anything.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answers one query over a file of leads.
    Query(query::Args),
    /// Writes a file of made-up leads, the same for the same seed.
    Generate(generate::Args),
    /// Shows the properties of a file of leads and the memory they take.
    Inspect(inspect::Args),
    /// Generates leads in memory and answers nine kinds of query, with times.
    Demo(demo::Args),
    /// Serves a file of leads over the Web API.
    Serve(serve::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Query(args) => query::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.report(),
    }
}
