//! What a stack is started with.

use crate::{
    lambda::{Handler, OutsideFunction},
    stack::Stack,
    template::{self, Template, TemplateError},
};
use std::{
    collections::BTreeMap,
    fmt, fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

/// A loopback port the operating system chooses.
pub const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Everything about a stack that can be chosen. The default suits tests: free ports, all in memory.
#[derive(Clone)]
pub struct Options {
    /// The SAM template. Its directory lies in the workspace the functions are built in.
    pub template: PathBuf,
    /// Name of the stack, the prefix of generated names.
    pub stack_name: String,
    /// AWS region.
    pub region: String,
    /// Address of the gateway.
    pub listen: SocketAddr,
    /// A second address of the gateway, which serves the routes without a signature alone.
    pub public_listen: Option<SocketAddr>,
    /// Address of the AWS front.
    pub aws_listen: SocketAddr,
    /// Values of the template's parameters, in place of their defaults.
    pub template_parameters: BTreeMap<String, String>,
    /// SecureStrings that Parameter Store holds before a function starts, by name.
    pub ssm_parameters: BTreeMap<String, String>,
    /// Variables every function gets beside the template's.
    pub environment: BTreeMap<String, String>,
    /// Directory for what is kept between runs: tables, queues, places in streams, asynchronous events, parameters that were
    /// put by request. It serves one stack at a time. None keeps everything in memory.
    pub data: Option<PathBuf>,
    /// Whether cargo builds the functions first.
    pub build: bool,
    /// Directory of the function binaries; none takes the one this executable lies in.
    pub functions: Option<PathBuf>,
    /// Functions that are not part of the template, by name, played by closures.
    pub outside_functions: BTreeMap<String, OutsideFunction>,
    /// Functions that are not part of the template, by name, played by a server or a command.
    pub handlers: BTreeMap<String, Handler>,
    /// How long such a handler may take, as a function's `Timeout`.
    pub handler_timeout: Duration,
    /// How many times faster than real time schedules and asynchronous repeats run.
    pub schedule_speed: f64,
    /// Most processes at once, over all functions without a reservation.
    pub concurrency: usize,
    /// A file that gets a line for each right that a build of a function uses; see [`rights`](crate::rights).
    pub rights: Option<PathBuf>,
    /// An OpenAPI document, as YAML, that the gateway serves at `/openapi.yaml` beside the routes.
    pub openapi: Option<String>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Parameters hold secrets and the outside functions are closures: neither is printed.
        f.debug_struct("Options")
            .field("template", &self.template)
            .field("listen", &self.listen)
            .field("public_listen", &self.public_listen)
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// The default for a template.
    pub fn new(template: impl Into<PathBuf>) -> Self {
        Self {
            template: template.into(),
            stack_name: "local".to_owned(),
            region: "us-east-1".to_owned(),
            listen: ANY_PORT,
            public_listen: None,
            aws_listen: ANY_PORT,
            template_parameters: BTreeMap::new(),
            ssm_parameters: BTreeMap::new(),
            environment: BTreeMap::new(),
            data: None,
            build: true,
            functions: None,
            outside_functions: BTreeMap::new(),
            handlers: BTreeMap::new(),
            handler_timeout: Duration::from_secs(120),
            schedule_speed: 1.0,
            concurrency: 100,
            rights: None,
            openapi: None,
        }
    }

    /// Where the template lies: cargo finds the functions' workspace from there.
    pub fn workspace(&self) -> &Path {
        let directory = self.template.parent();
        directory
            .filter(|path| !path.as_os_str().is_empty())
            .unwrap_or(Path::new("."))
    }

    /// The names of a stack whose AWS front is at `aws_url`.
    pub fn names(&self, aws_url: String) -> Stack {
        Stack {
            name: self.stack_name.clone(),
            region: self.region.clone(),
            aws_url,
        }
    }

    /// Reads the template for `stack`.
    ///
    /// # Errors
    /// What the template says and sam-local does not run.
    pub fn read(&self, stack: &Stack) -> Result<Template, TemplateError> {
        let text = fs::read_to_string(&self.template).map_err(|source| TemplateError::Read {
            path: self.template.display().to_string(),
            source,
        })?;
        template::load(&text, stack, &self.template_parameters)
    }
}
