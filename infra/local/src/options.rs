//! What a bundle is started with.

use crate::accounts;
use crate::lambda::OutsideFunction;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// A loopback port the operating system chooses.
const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Which WeChat the functions talk to.
#[derive(Debug, Clone)]
pub enum Wechat {
    /// The simulator of this repository, on this address.
    Simulated(SocketAddr),
    /// Another one, simulated or real, by base URL.
    At(String),
}

/// Everything about a bundle that can be chosen. The default suits tests: free ports, all in memory.
#[derive(Clone)]
pub struct Options {
    /// The SAM template. Its directory is the workspace the functions are built in.
    pub template: PathBuf,
    /// Address of the gateway.
    pub listen: SocketAddr,
    /// Address of the AWS front.
    pub aws_listen: SocketAddr,
    /// WeChat.
    pub wechat: Wechat,
    /// Text of the accounts file.
    pub accounts: String,
    /// Directory for what is kept between runs; none keeps everything in memory.
    pub data: Option<PathBuf>,
    /// Whether cargo builds the functions first.
    pub build: bool,
    /// Directory of the function binaries; none takes the one this executable lies in.
    pub functions: Option<PathBuf>,
    /// How many times faster than real time schedules and asynchronous repeats run.
    pub schedule_speed: f64,
    /// Most processes at once, over all functions without a reservation; Lambda's account limit.
    pub concurrency: usize,
    /// Variables every function gets beside the template's.
    pub environment: BTreeMap<String, String>,
    /// Template parameters to override; names the template lacks are ignored.
    pub template_parameters: BTreeMap<String, String>,
    /// The team's own functions, by name, played by closures.
    pub outside_functions: BTreeMap<String, OutsideFunction>,
    /// AWS region.
    pub region: String,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The accounts hold secrets and the outside functions are closures: neither is printed.
        f.debug_struct("Options")
            .field("template", &self.template)
            .field("listen", &self.listen)
            .field("wechat", &self.wechat)
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// The workspace the functions are built in: where the template lies.
    pub fn workspace(&self) -> &Path {
        self.template.parent().unwrap_or(Path::new("."))
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            template: workspace().join("template.yaml"),
            listen: ANY_PORT,
            aws_listen: ANY_PORT,
            wechat: Wechat::Simulated(ANY_PORT),
            accounts: accounts::DEMO.to_owned(),
            data: None,
            build: true,
            functions: None,
            schedule_speed: 1.0,
            concurrency: 100,
            environment: BTreeMap::new(),
            template_parameters: BTreeMap::new(),
            outside_functions: BTreeMap::new(),
            region: "us-east-1".to_owned(),
        }
    }
}

/// The workspace this crate was built in.
fn workspace() -> PathBuf {
    let crate_directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_directory
        .ancestors()
        .nth(2)
        .unwrap_or(crate_directory)
        .to_owned()
}
