//! The whole bundle: started in one call, stopped in one call.

use crate::accounts;
use crate::aws::sqs::Queues;
use crate::aws::{CloudFormation, DynamoDb, Front, Parameters, Permissions};
use crate::error::BundleError;
use crate::event_sources::{self, Sources};
use crate::functions::OutputDirectory;
use crate::gateway::{Gateway, Routes};
use crate::lambda::{AsyncQueue, Destinations, Environment, Lambda, Outcome, Pool};
use crate::logs::{LogLine, Logs};
use crate::options::Options;
use crate::stack::Stack;
use crate::tasks::Tasks;
use crate::template::{self, Template, TemplateError};
use crate::wechat::{self, RunningWechat};
use crate::{aws, gateway, rules};
use shared::account::AccountsFile;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, broadcast};

type Result<T> = std::result::Result<T, BundleError>;

/// A running bundle. Dropping it ends every process it started.
#[derive(Debug)]
pub struct Bundle {
    gateway: SocketAddr,
    accounts: AccountsFile,
    warnings: Vec<String>,
    routes: Vec<String>,
    parameters: Arc<Parameters>,
    sources: Arc<Sources>,
    wechat: RunningWechat,
}

impl Bundle {
    /// Reads the template, builds the functions, starts everything, and waits until each function has polled once.
    pub async fn start(options: Options) -> Result<Self> {
        let accounts = accounts::parse(&options.accounts)?;
        let front_socket = listen(options.aws_listen, "--aws-listen").await?;
        let gateway_socket = listen(options.listen, "--listen").await?;
        let gateway = address(&gateway_socket, options.listen)?;
        let stack = Stack {
            name: "wechat-functions".to_owned(),
            region: options.region.clone(),
            aws_url: format!("http://{}", address(&front_socket, options.aws_listen)?),
        };
        let wechat = wechat::start(
            &options.wechat,
            &options.accounts,
            &format!("http://{gateway}"),
        )
        .await?;
        let (template, prefix) = read_template(&options, &stack, wechat.url())?;
        let rules = rules::check(&options, &template, &accounts)?;
        let output = binaries(&options, &template).await?;
        let logs = Logs::default();
        let pools = pools(&options, &template, &stack, &output, &logs, wechat.url());
        let lambda = Arc::new(Lambda::new(pools, options.outside_functions.clone()));
        let parameters = Arc::new(Parameters::default());
        accounts::store(&accounts, &prefix, &parameters);
        let sources = sources(&options, &template, &stack, &lambda, &logs).await?;
        let tasks = Arc::clone(&sources.tasks);
        let front = front(&sources, &template, &parameters, gateway);
        tasks.spawn(aws::serve(front_socket, Arc::new(front)));
        let routes = Routes::new(&template.functions);
        let paths = routes.paths().map(str::to_owned).collect();
        let served = Gateway {
            stack: stack.clone(),
            routes,
            lambda: Arc::clone(&lambda),
        };
        tasks.spawn(gateway::serve(gateway_socket, Arc::new(served)));
        warm(&lambda).await?;
        event_sources::start(&sources);
        Ok(Self {
            gateway,
            accounts,
            warnings: rules.map(|rules| rules.warnings).unwrap_or_default(),
            routes: paths,
            parameters,
            sources,
            wechat,
        })
    }

    /// Base URL of the gateway.
    pub fn gateway_url(&self) -> String {
        format!("http://{}", self.gateway)
    }

    /// Base URL of the AWS front; sign with key `local`, secret `local`.
    pub fn aws_url(&self) -> String {
        self.sources.stack.aws_url.clone()
    }

    /// Base URL of WeChat's API, as the functions have it.
    pub fn platform_url(&self) -> String {
        self.wechat.url().to_owned()
    }

    /// The simulator, unless the bundle was started against another WeChat.
    pub fn wechat(&self) -> &RunningWechat {
        &self.wechat
    }

    /// Account, region and ARNs.
    pub fn stack(&self) -> &Stack {
        &self.sources.stack
    }

    /// The accounts served.
    pub fn accounts(&self) -> &AccountsFile {
        &self.accounts
    }

    /// What will not work here, a line each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Paths of the gateway's routes.
    pub fn routes(&self) -> &[String] {
        &self.routes
    }

    /// The queues, to look into.
    pub fn queues(&self) -> &Arc<Queues> {
        &self.sources.queues
    }

    /// The physical name of a queue of the template.
    pub fn queue(&self, logical_id: &str) -> Option<String> {
        let name = format!("{}-{logical_id}", self.stack().name);
        let mut names = self.queues().names().into_iter();
        names.find(|n| n.trim_end_matches(".fifo") == name)
    }

    /// How many messages wait in a queue of the template; 0 for one it lacks.
    pub fn waiting(&self, logical_id: &str) -> usize {
        let name = self.queue(logical_id);
        let counts = name.and_then(|name| self.queues().counts(&name).ok());
        counts.map_or(0, |counts| counts.visible)
    }

    /// How many rows a table of the template has; 0 for one it lacks.
    pub fn rows(&self, logical_id: &str) -> usize {
        self.sources.dynamodb.rows(logical_id)
    }

    /// The parameters, to read and change.
    pub fn parameters(&self) -> &Arc<Parameters> {
        &self.parameters
    }

    /// Invokes a function by logical id, name or ARN, and waits for it.
    pub async fn invoke(&self, function: &str, payload: serde_json::Value) -> Result<Outcome> {
        Ok(self
            .sources
            .lambda
            .invoke(function, payload.to_string().into())
            .await?)
    }

    /// Fires a schedule now (its id is the function's logical id followed by the event's) and waits for the function.
    pub async fn fire(&self, schedule: &str) -> Result<Outcome> {
        self.sources.fire(schedule).await
    }

    /// Every line the functions print from now on.
    pub fn logs(&self) -> broadcast::Receiver<LogLine> {
        self.sources.logs.subscribe()
    }

    /// How many processes of a function were started so far.
    pub fn cold_starts(&self, function: &str) -> u64 {
        self.sources
            .lambda
            .pool(function)
            .map_or(0, |p| p.cold_starts())
    }

    /// Kills every process of a function, busy or idle.
    pub fn kill_instances(&self, function: &str) {
        if let Some(pool) = self.sources.lambda.pool(function) {
            pool.kill_instances();
        }
    }

    /// Ends every process and frees the ports.
    pub async fn stop(mut self) {
        self.end();
        self.wechat.stop().await;
    }

    fn end(&self) {
        self.sources.tasks.abort_all();
        for pool in self.sources.lambda.pools() {
            pool.kill_instances();
        }
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        self.end();
    }
}

async fn listen(address: SocketAddr, flag: &'static str) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            std::io::ErrorKind::AddrInUse => BundleError::PortInUse { address, flag },
            _ => BundleError::Listen { address, source },
        })
}

fn address(listener: &TcpListener, asked: SocketAddr) -> Result<SocketAddr> {
    listener.local_addr().map_err(|source| BundleError::Listen {
        address: asked,
        source,
    })
}

/// The template for this stack, and the prefix of the accounts' parameters.
pub(crate) fn read_template(
    options: &Options,
    stack: &Stack,
    wechat: &str,
) -> Result<(Template, String)> {
    let text =
        std::fs::read_to_string(&options.template).map_err(|source| TemplateError::Read {
            path: options.template.display().to_string(),
            source,
        })?;
    let mut overrides = BTreeMap::from([
        ("ParameterPrefix".to_owned(), "local".to_owned()),
        ("WechatApiBase".to_owned(), wechat.to_owned()),
    ]);
    overrides.extend(options.template_parameters.clone());
    let prefix = overrides
        .get("ParameterPrefix")
        .cloned()
        .unwrap_or_default();
    Ok((template::load(&text, stack, &overrides)?, prefix))
}

async fn binaries(options: &Options, template: &Template) -> Result<OutputDirectory> {
    let output = match &options.functions {
        Some(directory) => OutputDirectory::new(directory.clone()),
        None => OutputDirectory::of_this_executable()?,
    };
    let names: BTreeSet<&str> = template
        .functions
        .iter()
        .map(|f| f.binary.as_str())
        .collect();
    if options.build {
        output.build(options.workspace(), &names).await?;
    }
    output.check(&names)?;
    Ok(output)
}

fn pools(
    options: &Options,
    template: &Template,
    stack: &Stack,
    output: &OutputDirectory,
    logs: &Logs,
    wechat: &str,
) -> Vec<Arc<Pool>> {
    let account = Arc::new(Semaphore::new(options.concurrency));
    let mut extra = BTreeMap::from([("WECHAT_API_BASE".to_owned(), wechat.to_owned())]);
    extra.extend(options.environment.clone());
    let pool = |function: &template::Function| {
        let binary = output.binary(&function.binary);
        let root = binary
            .parent()
            .unwrap_or(Path::new("/"))
            .display()
            .to_string();
        let environment = Environment::new(function, stack, &root, &extra);
        let arn = stack.function_arn(&function.name);
        Arc::new(Pool::new(
            function.clone(),
            arn,
            binary,
            environment,
            logs.clone(),
            Arc::clone(&account),
        ))
    };
    template.functions.iter().map(pool).collect()
}

/// Everything that feeds functions, over an empty set of queues and an open database.
async fn sources(
    options: &Options,
    template: &Template,
    stack: &Stack,
    lambda: &Arc<Lambda>,
    logs: &Logs,
) -> Result<Arc<Sources>> {
    let queues = Arc::new(Queues::new(&template.queues));
    let tasks = Arc::new(Tasks::default());
    let destinations = Destinations {
        queues: Arc::clone(&queues),
        logs: logs.clone(),
    };
    Ok(Arc::new(Sources {
        stack: stack.clone(),
        lambda: Arc::clone(lambda),
        async_queue: Arc::new(AsyncQueue::new(
            Arc::clone(lambda),
            destinations.clone(),
            Arc::clone(&tasks),
            options.schedule_speed,
        )),
        queues,
        dynamodb: Arc::new(open_database(options, template).await?),
        destinations,
        logs: logs.clone(),
        speed: options.schedule_speed,
        tasks,
    }))
}

fn front(
    sources: &Sources,
    template: &Template,
    parameters: &Arc<Parameters>,
    gateway: SocketAddr,
) -> Front {
    let gateway = format!("http://{gateway}");
    Front {
        cloudformation: CloudFormation::new(template, &sources.stack, &gateway),
        stack: sources.stack.clone(),
        permissions: Permissions::new(&template.functions),
        dynamodb: Arc::clone(&sources.dynamodb),
        queues: Arc::clone(&sources.queues),
        parameters: Arc::clone(parameters),
        lambda: Arc::clone(&sources.lambda),
        async_queue: Arc::clone(&sources.async_queue),
        logs: sources.logs.clone(),
    }
}

async fn open_database(options: &Options, template: &Template) -> Result<DynamoDb> {
    if let Some(directory) = &options.data {
        std::fs::create_dir_all(directory).map_err(|source| BundleError::Data {
            path: directory.display().to_string(),
            source,
        })?;
    }
    Ok(DynamoDb::start(&template.tables, options.data.as_deref()).await?)
}

/// Starts one process of each function, all at once; all that do not start are told.
async fn warm(lambda: &Arc<Lambda>) -> Result<()> {
    let mut starts = tokio::task::JoinSet::new();
    for pool in lambda.pools() {
        let pool = Arc::clone(pool);
        starts.spawn(async move { pool.warm().await });
    }
    let ended = starts.join_all().await;
    let mut unstarted: Vec<_> = ended
        .into_iter()
        .filter_map(std::result::Result::err)
        .collect();
    unstarted.sort_by(|a, b| a.function.cmp(&b.function));
    match unstarted.is_empty() {
        true => Ok(()),
        false => Err(BundleError::Functions(unstarted)),
    }
}
