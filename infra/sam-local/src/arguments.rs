//! The flags of every command line that runs a template.

use crate::options::Options;
use clap::Args;
use std::{net::SocketAddr, path::PathBuf};

/// Where a stack listens, what it is built from, and what it keeps.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Address of the gateway.
    #[arg(long, default_value = "127.0.0.1:9000", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Address of the AWS front (DynamoDB, SQS, SSM, Lambda).
    #[arg(long, default_value = "127.0.0.1:9050", value_name = "ADDRESS")]
    aws_listen: SocketAddr,
    /// A parameter of the template; may be given more than once.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    parameter: Vec<(String, String)>,
    /// A SecureString that Parameter Store holds from the start; may be given more than once.
    #[arg(long, value_name = "/NAME=VALUE", value_parser = pair)]
    ssm: Vec<(String, String)>,
    /// Keep tables here between runs; without it everything is in memory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Do not build the functions; start the binaries that are there.
    #[arg(long)]
    no_build: bool,
    /// Directory of the function binaries; the one this program lies in without it.
    #[arg(long, value_name = "DIR")]
    functions: Option<PathBuf>,
    /// Write down each right that a function uses: function, build, action, resource.
    #[arg(long, value_name = "FILE")]
    rights: Option<PathBuf>,
    /// Run schedules and asynchronous repeats this many times faster.
    #[arg(long, default_value_t = 1.0, value_name = "N", value_parser = speed)]
    schedule_speed: f64,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("must be a name, =, and a value".to_owned()),
    }
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(n) if n.is_finite() && n > 0.0 => Ok(n),
        _ => Err("must be a number above 0".to_owned()),
    }
}

impl Arguments {
    /// `defaults` with what the flags say.
    pub fn options(&self, defaults: Options) -> Options {
        let mut options = Options {
            listen: self.listen,
            aws_listen: self.aws_listen,
            data: self.data.clone(),
            build: !self.no_build,
            functions: self.functions.clone(),
            rights: self.rights.clone(),
            schedule_speed: self.schedule_speed,
            ..defaults
        };
        let parameters = self.parameter.iter().cloned();
        options.template_parameters.extend(parameters);
        options.ssm_parameters.extend(self.ssm.iter().cloned());
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn parse(flags: &str) -> Result<Options, clap::Error> {
        let line = Line::try_parse_from(["x"].into_iter().chain(flags.split_whitespace()))?;
        Ok(line.arguments.options(Options::new("t.yaml")))
    }

    #[test]
    fn flags_become_options() {
        let flags = "--no-build --schedule-speed 60 --parameter Size=3 --parameter Empty= --ssm /shop/key=a=b";
        let options = parse(flags).unwrap();
        assert_eq!((options.build, options.schedule_speed), (false, 60.0));
        assert_eq!(options.template_parameters["Size"], "3");
        assert_eq!(options.template_parameters["Empty"], "");
        assert_eq!(options.ssm_parameters["/shop/key"], "a=b");
        assert_eq!(options.listen.port(), 9_000);
    }

    #[test]
    fn nonsense_is_refused() {
        for flags in [
            "--schedule-speed 0",
            "--listen 9000",
            "--parameter Size",
            "--ssm =x",
        ] {
            assert!(parse(flags).is_err(), "{flags}");
        }
    }
}
