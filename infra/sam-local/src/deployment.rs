//! A stack that runs: started in one call, stopped in one call.

mod plan;

use crate::{
    aws::{self, Parameters},
    error::{Error, Result},
    event_sources::{self, Sources},
    gateway::{self, Callers, Gateway, Routes},
    lambda::{Outcome, Pool},
    logs::{LogLine, Logs},
    options::Options,
    sockets::Sockets,
    sqs::Queues,
    stack::Stack,
    template::Template,
};
use plan::Plan;
use std::sync::Arc;
use tokio::{sync::broadcast, task::JoinSet};

/// A running stack. Dropping it ends every process it started.
#[derive(Debug)]
pub struct Deployment {
    gateway_url: String,
    routes: Vec<String>,
    parameters: Arc<Parameters>,
    sources: Arc<Sources>,
}

impl Deployment {
    /// Reads the template, builds the functions, starts everything, and waits until each function has polled once.
    ///
    /// # Errors
    /// What keeps the stack from starting; nothing is left running.
    pub async fn start(options: &Options) -> Result<Self> {
        let sockets = Sockets::bind(options).await?;
        let template = options.read(sockets.stack())?;
        Self::run(options, sockets, &template).await
    }

    /// As [`start`](Self::start), for who must know the ports before the template can be read.
    ///
    /// # Errors
    /// What keeps the stack from starting; nothing is left running.
    pub async fn run(options: &Options, sockets: Sockets, template: &Template) -> Result<Self> {
        let gateway_url = sockets.gateway_url().to_owned();
        let plan = Plan {
            options,
            template,
            stack: sockets.stack(),
        };
        let output = plan.binaries().await?;
        let logs = Logs::default();
        let lambda = Arc::new(plan.lambda(&output, &logs));
        let state = plan.state(&logs)?;
        let parameters = Arc::new(Parameters::new(state.clone())?);
        for (name, value) in &options.ssm_parameters {
            parameters.put(name, value);
        }
        let sources = plan.sources(&lambda, &logs, state).await?;
        let mut front = plan.front(&sources, &parameters, &gateway_url);
        front.rights = plan.rights(&output)?;
        let tasks = &sources.tasks;
        tasks.spawn(aws::serve(sockets.aws, Arc::new(front)));
        let routes = Routes::new(&template.functions);
        let paths = routes.paths().map(str::to_owned).collect();
        let gateway = Gateway {
            stack: sources.stack.clone(),
            routes,
            lambda: Arc::clone(&lambda),
            openapi: options.openapi.clone(),
        };
        let gateway = Arc::new(gateway);
        if let Some(public) = sockets.public {
            let everybody = Arc::clone(&gateway);
            tasks.spawn(gateway::serve(public, everybody, Callers::Everybody));
        }
        tasks.spawn(gateway::serve(sockets.gateway, gateway, Callers::Known));
        // From here on its end ends all of that, if what follows fails too.
        let deployment = Self {
            gateway_url,
            routes: paths,
            parameters,
            sources,
        };
        warm(lambda.pools()).await?;
        event_sources::start(&deployment.sources)?;
        Ok(deployment)
    }

    /// Base URL of the gateway.
    pub fn gateway_url(&self) -> String {
        self.gateway_url.clone()
    }

    /// Base URL of the AWS front; sign with key `local`, secret `local`.
    pub fn aws_url(&self) -> String {
        self.stack().aws_url.clone()
    }

    /// Region and ARNs.
    pub fn stack(&self) -> &Stack {
        &self.sources.stack
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

    /// The parameters of Parameter Store, to read and change.
    pub fn parameters(&self) -> &Arc<Parameters> {
        &self.parameters
    }

    /// Invokes a function by logical id, name or ARN, and waits for it.
    ///
    /// # Errors
    /// [`Error::Invoke`].
    pub async fn invoke(&self, function: &str, payload: serde_json::Value) -> Result<Outcome> {
        let payload = payload.to_string().into();
        Ok(self.sources.lambda.invoke(function, payload).await?)
    }

    /// Fires a schedule now (its id is the function's logical id followed by the event's) and waits for the function.
    ///
    /// # Errors
    /// [`Error::NoSchedule`] or [`Error::Invoke`].
    pub async fn fire(&self, schedule: &str) -> Result<Outcome> {
        self.sources.fire(schedule).await
    }

    /// Every line the functions print from now on.
    pub fn logs(&self) -> broadcast::Receiver<LogLine> {
        self.sources.logs.subscribe()
    }

    /// How many processes of a function were started so far.
    pub fn cold_starts(&self, function: &str) -> u64 {
        let pool = self.sources.lambda.pool(function);
        pool.map_or(0, |pool| pool.cold_starts())
    }

    /// Has functions, by their logical ids, go on with new processes; invocations under way end in the old ones. Without
    /// ids, all functions.
    ///
    /// # Errors
    /// [`Error::Functions`]: those whose new process does not come up to its first poll.
    pub async fn restart(&self, functions: &[&str]) -> Result<()> {
        let is_meant = |id: &str| functions.is_empty() || functions.contains(&id);
        let pools = self.sources.lambda.pools().iter();
        let meant: Vec<_> = pools.filter(|pool| is_meant(&pool.function.id)).collect();
        meant.iter().for_each(|pool| pool.retire_instances());
        warm(meant).await
    }

    /// Ends every process and frees the ports of gateway and AWS front.
    pub async fn stop(self) {
        self.sources.tasks.stop().await;
    }

    /// Kills every process of a function, busy or idle.
    pub fn kill_instances(&self, function: &str) {
        if let Some(pool) = self.sources.lambda.pool(function) {
            pool.kill_instances();
        }
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        self.sources.tasks.abort_all();
        self.sources.lambda.stop();
    }
}

/// Starts one process of each function, all at once; all that do not start are told.
async fn warm(pools: impl IntoIterator<Item = &Arc<Pool>>) -> Result<()> {
    let mut starts = JoinSet::new();
    for pool in pools {
        let pool = Arc::clone(pool);
        starts.spawn(async move { pool.warm().await });
    }
    let ended = starts.join_all().await.into_iter();
    let mut unstarted: Vec<_> = ended.filter_map(std::result::Result::err).collect();
    unstarted.sort_by(|a, b| a.function.cmp(&b.function));
    match unstarted.is_empty() {
        true => Ok(()),
        false => Err(Error::Functions(unstarted)),
    }
}
