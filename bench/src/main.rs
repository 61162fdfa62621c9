//! Measures the product, against tools everybody knows where there are any, in one run on one machine, and prints what
//! it saw.
//!
//! The product is the release binary itself, started as its users start it: nothing here calls into its crates.

mod city;
mod deliver;
mod gateway;
mod load;
mod report;
mod search;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// What to measure.
#[derive(Parser)]
#[command(
    about = "在本机一次运行中,将网关与 nginx、数据归集与 sqlite3 .import 对比,测量十万条目录的检索,并打印实测结果"
)]
struct Args {
    /// What to measure; everything when nothing is named.
    parts: Vec<Part>,
    /// Rows of the delivery bench.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// People in the demo city that the gateway bench queries.
    #[arg(long, default_value_t = 200_000)]
    people: u64,
    /// Entries of the catalogue that the search bench asks.
    #[arg(long, default_value_t = 100_000)]
    entries: u64,
    /// Seconds of each round of calls.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Rounds of calls, gateway and nginx by turns.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Connections held open.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// The binary to measure; built when not given.
    #[arg(long)]
    yishu: Option<PathBuf>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Calls of the gateway against nginx.
    Gateway,
    /// A delivery against sqlite3.
    Deliver,
    /// Searches of a large catalogue.
    Search,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let scratch = tempfile::tempdir()?;
    let binary = args.yishu.clone().map_or_else(city::build, Ok)?;
    let wants = |part: Part| args.parts.is_empty() || args.parts.contains(&part);
    if wants(Part::Gateway) || wants(Part::Deliver) {
        let city = city::City::demo(&binary, &scratch.path().join("city"), args.people, 0)?;
        if wants(Part::Gateway) {
            gateway::run(&city, scratch.path(), &args)?;
        }
        if wants(Part::Deliver) {
            deliver::run(&city, &binary, scratch.path(), args.rows)?;
        }
    }
    if wants(Part::Search) {
        search::run(&binary, &scratch.path().join("catalogue"), &args)?;
    }
    Ok(())
}
