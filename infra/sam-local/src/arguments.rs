//! The flags of every command line that runs a template.

use crate::{lambda::Handler, options::Options};
use clap::Args;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use texts::text;

/// Where a stack listens, what it is built from, and what it keeps; the help of each flag stands in the catalogue of texts.
#[derive(Debug, Args)]
pub struct Arguments {
    #[arg(long, default_value = "127.0.0.1:9000", value_name = "ADDRESS")]
    listen: SocketAddr,
    #[arg(long, value_name = "ADDRESS")]
    public_listen: Option<SocketAddr>,
    #[arg(long, default_value = "127.0.0.1:9050", value_name = "ADDRESS")]
    aws_listen: SocketAddr,
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    parameter: Vec<(String, String)>,
    #[arg(long, value_name = "/NAME=VALUE", value_parser = pair)]
    ssm: Vec<(String, String)>,
    #[arg(long, value_name = "NAME=URL|COMMAND", value_parser = handler)]
    handler: Vec<(String, Handler)>,
    #[arg(long, default_value_t = 120, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=900))]
    handler_timeout: u64,
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[arg(long)]
    no_build: bool,
    #[arg(long, value_name = "DIR")]
    functions: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    rights: Option<PathBuf>,
    #[arg(long, default_value_t = 1.0, value_name = "N", value_parser = speed)]
    schedule_speed: f64,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(text!("flags.pair")),
    }
}

fn handler(text: &str) -> Result<(String, Handler), String> {
    let (name, handler) = pair(text)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    if name.len() > 64 || !name.bytes().all(plain) {
        return Err(text!("flags.function"));
    }
    Ok((name, handler.parse()?))
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(n) if n.is_finite() && n > 0.0 => Ok(n),
        _ => Err(text!("flags.speed")),
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
