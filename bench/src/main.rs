//! Measures the product against tools everybody knows, in one run on one machine, and prints what it saw.
//!
//! The product is the release binary itself, started as its users start it: nothing here calls into its crates.

mod city;
mod deliver;
mod gateway;
mod load;
mod report;

use std::path::PathBuf;

use clap::Parser;

/// What to measure.
#[derive(Parser)]
#[command(about = "在本机一次运行中,将网关与 nginx、数据归集与 sqlite3 .import 对比,并打印实测结果")]
struct Args {
    /// Rows of the delivery bench.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// People in the demo city that the gateway bench queries.
    #[arg(long, default_value_t = 200_000)]
    people: u64,
    /// Seconds of each round of calls.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Rounds of calls, gateway and nginx by turns.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Connections held open.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Measure only this: gateway or deliver.
    #[arg(long)]
    only: Option<String>,
    /// The binary to measure; built when not given.
    #[arg(long)]
    yishu: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let scratch = tempfile::tempdir()?;
    let binary = args.yishu.clone().map_or_else(city::build, Ok)?;
    let city = city::City::start(&binary, scratch.path(), args.people)?;
    let wants = |what: &str| args.only.as_deref().is_none_or(|it| it == what);
    if wants("gateway") {
        gateway::run(&city, scratch.path(), &args)?;
    }
    if wants("deliver") {
        deliver::run(&city, &binary, scratch.path(), args.rows)?;
    }
    Ok(())
}
