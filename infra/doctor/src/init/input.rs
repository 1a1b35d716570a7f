//! Where answers come from: a terminal, which does not echo secrets, or lines of a pipe.

use std::io::{self, BufRead, IsTerminal as _, Write as _};

/// Gives one answer after the other.
pub enum Input {
    /// A person at this process' terminal.
    Terminal,
    /// Lines, the same questions in the same order; an empty line takes what is offered.
    Lines(Box<dyn BufRead>),
}

impl Input {
    /// Standard input, typed or piped.
    pub fn of_process() -> Self {
        match io::stdin().is_terminal() {
            true => Self::Terminal,
            false => Self::Lines(Box::new(io::BufReader::new(io::stdin()))),
        }
    }

    /// An answer that may be seen; none at the end of the input.
    pub(crate) fn open(&mut self, prompt: &str) -> io::Result<Option<String>> {
        eprint!("{prompt}: ");
        io::stderr().flush()?;
        match self {
            Self::Terminal => line(&mut io::stdin().lock()),
            Self::Lines(lines) => {
                eprintln!();
                line(lines)
            }
        }
    }

    /// An answer that may not be seen.
    pub(super) fn hidden(&mut self, prompt: &str) -> io::Result<Option<String>> {
        match self {
            Self::Terminal => match rpassword::prompt_password(format!("{prompt} (not shown): ")) {
                Ok(answer) => Ok(Some(answer.trim().to_owned())),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
                Err(error) => Err(error),
            },
            Self::Lines(_) => self.open(prompt),
        }
    }

    /// Tells why an answer is asked for again; never the answer.
    pub(super) fn refuse(&self, rule: &str) {
        eprintln!("  {rule}");
    }
}

fn line(from: &mut dyn BufRead) -> io::Result<Option<String>> {
    let mut text = String::new();
    match from.read_line(&mut text)? {
        0 => Ok(None),
        _ => Ok(Some(text.trim().to_owned())),
    }
}
