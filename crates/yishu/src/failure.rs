//! How a command ends when it does not end well: words for the terminal and an exit code for scripts.

use std::{error::Error, fmt, process::ExitCode};

/// The command was understood and did not succeed.
pub const FAILED: u8 = 1;
/// The command line itself was wrong.
pub const MISUSED: u8 = 2;

/// Words for the terminal, in Chinese, and an exit code for scripts.
#[derive(Debug)]
pub struct Failure {
    words: String,
    code: u8,
}

/// What a command gives back.
pub type Outcome = Result<ExitCode, Box<dyn Error>>;

impl Failure {
    /// A failure that says what to do.
    pub fn new(words: impl Into<String>) -> Box<Failure> {
        Failure::with(FAILED, words)
    }

    /// The same with an exit code of its own.
    pub fn with(code: u8, words: impl Into<String>) -> Box<Failure> {
        Box::new(Failure {
            words: words.into(),
            code,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl Error for Failure {}

/// Prints what went wrong; gives the exit code.
pub fn report(error: &(dyn Error + 'static)) -> ExitCode {
    eprintln!("错误：{error}");
    ExitCode::from(error.downcast_ref::<Failure>().map_or(FAILED, |it| it.code))
}
