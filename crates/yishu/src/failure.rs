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
    ExitCode::from(code(error))
}

/// The code of a failure, also of one that a question mark has put into a second box.
fn code(error: &(dyn Error + 'static)) -> u8 {
    let boxed = error.downcast_ref::<Box<Failure>>().map(|it| &**it);
    let failure = error.downcast_ref::<Failure>().or(boxed);
    failure.map_or(FAILED, |it| it.code)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_failure_keeps_its_code_however_it_is_handed_on() {
        let plain = || -> Result<(), Box<dyn Error>> { Err(Failure::with(MISUSED, "误")) };
        let handed = || -> Result<(), Box<dyn Error>> { Ok(Err(Failure::with(MISUSED, "误"))?) };
        for failed in [plain(), handed()] {
            assert_eq!(code(failed.unwrap_err().as_ref()), MISUSED);
        }
        assert_eq!(code(&io::Error::other("x")), FAILED);
    }
}
