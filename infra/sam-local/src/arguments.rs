//! The flags of every command line that runs a template.

use crate::{lambda::Handler, options::Options};
use clap::Args;
use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// Where a stack listens, what it is built from, and what it keeps.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Address of the gateway.
    #[arg(long, default_value = "127.0.0.1:9000", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// A second address of the gateway, for a tunnel: the routes without a signature alone.
    #[arg(long, value_name = "ADDRESS")]
    public_listen: Option<SocketAddr>,
    /// Address of the AWS front (DynamoDB, SQS, SSM, Lambda).
    #[arg(long, default_value = "127.0.0.1:9050", value_name = "ADDRESS")]
    aws_listen: SocketAddr,
    /// A parameter of the template; may be given more than once.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    parameter: Vec<(String, String)>,
    /// A SecureString that Parameter Store holds from the start; may be given more than once.
    #[arg(long, value_name = "/NAME=VALUE", value_parser = pair)]
    ssm: Vec<(String, String)>,
    /// A function that the template lacks: an http:// address that each event is POSTed to, or a command, started for each
    /// event, that reads it from its standard input; the answer is the body or the standard output, as JSON. May be given
    /// more than once.
    #[arg(long, value_name = "NAME=URL|COMMAND", value_parser = handler)]
    handler: Vec<(String, Handler)>,
    /// How long a handler may take, 1 to 900 seconds.
    #[arg(long, default_value_t = 120, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=900))]
    handler_timeout: u64,
    /// Keep tables, queues, streams and asynchronous events here, so that the next run goes on where this one ends, however
    /// it ends; without it everything is in memory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Do not build the functions; start the binaries that are there.
    #[arg(long)]
    no_build: bool,
    /// Directory of the function binaries; without it the one beside this program, or the one it was built into.
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

fn handler(text: &str) -> Result<(String, Handler), String> {
    let (name, handler) = pair(text)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    if name.len() > 64 || !name.bytes().all(plain) {
        let rule = "a function's name has 1 to 64 letters, digits, '-' or '_'";
        return Err(rule.to_owned());
    }
    Ok((name, handler.parse()?))
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
            public_listen: self.public_listen,
            aws_listen: self.aws_listen,
            data: self.data.clone(),
            build: defaults.build && !self.no_build,
            functions: self
                .functions
                .clone()
                .or_else(|| defaults.functions.clone()),
            rights: self.rights.clone(),
            handler_timeout: Duration::from_secs(self.handler_timeout),
            schedule_speed: self.schedule_speed,
            ..defaults
        };
        let parameters = self.parameter.iter().cloned();
        options.template_parameters.extend(parameters);
        options.ssm_parameters.extend(self.ssm.iter().cloned());
        options.handlers.extend(self.handler.iter().cloned());
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
        let options = parse("--handler bot=cat --handler shop=http://127.0.0.1:1/?a=b").unwrap();
        assert_eq!(
            options.handlers["bot"],
            Handler::Command(vec!["cat".to_owned()])
        );
        let url = "http://127.0.0.1:1/?a=b".to_owned();
        assert_eq!(options.handlers["shop"], Handler::Url(url));
        assert_eq!(options.handler_timeout, Duration::from_secs(120));
    }

    #[test]
    fn nonsense_is_refused() {
        for flags in [
            "--schedule-speed 0",
            "--listen 9000",
            "--parameter Size",
            "--ssm =x",
            "--handler bot",
            "--handler bot=",
            "--handler bot=https://example.com/",
            "--handler a.b=cat",
            "--handler-timeout 0",
        ] {
            assert!(parse(flags).is_err(), "{flags}");
        }
    }
}
