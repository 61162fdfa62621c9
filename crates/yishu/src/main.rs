//! `yishu`: the city's government data platform in one binary.

mod clock;
mod command_line;
mod deliver;
mod demo;
mod doctor;
mod due;
mod failure;
mod founding;
mod lanes;
#[cfg(test)]
mod leaks;
mod lock;
mod mail;
mod place;
mod proof;
mod serve;

use std::{io, process::ExitCode};

use command_line::{AdminTask, Task};
use failure::Outcome;
use tokio::runtime::Runtime;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// A call allocates a hundred small things; this allocator spends half as long on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let task = match command_line::read() {
        Ok(task) => task,
        Err(code) => return code,
    };
    log_to_stderr(&task);
    run(task).unwrap_or_else(|error| failure::report(error.as_ref()))
}

fn run(task: Task) -> Outcome {
    match task {
        Task::Serve(args) => runtime()?.block_on(serve::command(args)),
        Task::Demo(args) => runtime()?.block_on(demo::run(args)).map(|()| ExitCode::SUCCESS),
        Task::Admin {
            task: AdminTask::Create(args),
        } => runtime()?.block_on(founding::command(args)),
        Task::Deliver(args) => deliver::run(&args),
        Task::Due(args) => due::run(&args),
        Task::Evidence { task } => proof::run(&task),
        Task::Doctor(args) => runtime()?.block_on(doctor::command(args)),
    }
}

/// What runs the commands that wait for more than one thing.
fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// The server's own log; `YISHU_LOG` says how much of it, such as `debug` or `app=debug,info`.
fn log_to_stderr(task: &Task) {
    let default = match task {
        Task::Serve(_) => "info,sqlx=warn,tantivy=warn",
        _ => "warn,tantivy=error",
    };
    let asked = std::env::var("YISHU_LOG").ok();
    let filter: Option<Targets> = asked
        .and_then(|it| it.parse().ok())
        .or_else(|| default.parse().ok());
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    tracing_subscriber::registry()
        .with(lines)
        .with(filter.unwrap_or_default())
        .init();
}
