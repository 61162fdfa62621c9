//! `cargo xtask`: checks of the project's own rules, and what is generated from its code.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{law, tidy, tree::Tree, words};

#[derive(Parser)]
#[command(about = "Checks of the project's own rules, and what is generated from its code")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write docs/law/where.md: each article, its homes and its tests
    Law {
        /// Write nothing; fail where the file is stale or an article marked done has no home or no test
        #[arg(long)]
        check: bool,
    },
    /// Write the generated half of docs/words.md: every vocabulary of the code
    Words {
        /// Write nothing; fail where the file is stale
        #[arg(long)]
        check: bool,
    },
    /// Check lengths, module order, crate directions and what may stand where
    Tidy,
}

fn main() -> ExitCode {
    let tree = Tree::read();
    let findings = match Arguments::parse().task {
        Task::Law { check: true } => law::findings(&tree),
        Task::Law { check: false } => {
            law::write(&tree);
            law::findings(&Tree::read())
        }
        Task::Words { check: true } => words::findings(&tree),
        Task::Words { check: false } => {
            words::write(&tree);
            Vec::new()
        }
        Task::Tidy => tidy::findings(&tree),
    };
    for finding in &findings {
        eprintln!("{finding}");
    }
    if findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
