//! The parts of a stack, from the template and the options.

use crate::{
    aws::{CloudFormation, DynamoDb, Front, Parameters, Permissions},
    error::{Error, Result},
    event_sources::Sources,
    functions::OutputDirectory,
    lambda::{AsyncQueue, Destinations, Environment, Handlers, Lambda, Pool},
    logs::Logs,
    options::Options,
    rights::{self, Record},
    sqs::Queues,
    stack::Stack,
    state::State,
    tasks::Tasks,
    template::{self, Template},
};
use std::{collections::BTreeSet, fs, io, os::unix::fs::DirBuilderExt as _, path::Path, sync::Arc};
use tokio::sync::Semaphore;

/// What a stack is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan<'a> {
    pub options: &'a Options,
    pub template: &'a Template,
    pub stack: &'a Stack,
}

impl Plan<'_> {
    /// The binaries of the functions, built if the options say so.
    pub(super) async fn binaries(&self) -> Result<OutputDirectory> {
        let output = match &self.options.functions {
            Some(directory) => OutputDirectory::new(directory.clone()),
            None => OutputDirectory::of_this_executable()?,
        };
        let names: BTreeSet<&str> = self.functions().map(|f| f.binary.as_str()).collect();
        if self.options.build {
            output.build(self.options.workspace(), &names).await?;
        }
        output.check(&names)?;
        Ok(output)
    }

    /// All functions, none of them started.
    pub(super) fn lambda(&self, output: &OutputDirectory, logs: &Logs) -> Lambda {
        let options = self.options;
        let handlers = Handlers::new(
            options.handlers.clone(),
            options.handler_timeout,
            logs.clone(),
        );
        let outside = options.outside_functions.clone();
        Lambda::new(self.pools(output, logs), outside, handlers)
    }

    /// A pool for each function, without processes.
    fn pools(&self, output: &OutputDirectory, logs: &Logs) -> Vec<Arc<Pool>> {
        let unreserved = Arc::new(Semaphore::new(self.options.concurrency));
        let pool = |function: &template::Function| {
            let binary = output.binary(&function.binary);
            let root = binary.parent().unwrap_or(Path::new("/"));
            let extra = &self.options.environment;
            let environment =
                Environment::new(function, self.stack, &root.display().to_string(), extra);
            Arc::new(Pool::new(
                function.clone(),
                self.stack.function_arn(&function.name),
                binary,
                environment,
                logs.clone(),
                Arc::clone(&unreserved),
            ))
        };
        self.functions().map(pool).collect()
    }

    /// What earlier runs kept, in the directory that the options name.
    pub(super) fn state(&self, logs: &Logs) -> Result<State> {
        let Some(directory) = &self.options.data else {
            return Ok(State::default());
        };
        // What it keeps holds tokens and what users wrote.
        let mut private = fs::DirBuilder::new();
        let made = private.recursive(true).mode(0o700).create(directory);
        made.map_err(file_error(directory))?;
        Ok(State::open(directory, logs)?)
    }

    /// Everything that feeds functions, over the queues as they were left and an open database.
    pub(super) async fn sources(
        &self,
        lambda: &Arc<Lambda>,
        logs: &Logs,
        state: State,
    ) -> Result<Arc<Sources>> {
        let queues = Arc::new(Queues::new(&self.template.queues, state.clone())?);
        let tasks = Arc::new(Tasks::default());
        let destinations = Destinations {
            queues: Arc::clone(&queues),
            logs: logs.clone(),
        };
        let speed = self.options.schedule_speed;
        Ok(Arc::new(Sources {
            stack: self.stack.clone(),
            lambda: Arc::clone(lambda),
            async_queue: Arc::new(AsyncQueue::new(
                Arc::clone(lambda),
                destinations.clone(),
                Arc::clone(&tasks),
                state.clone(),
                speed,
            )?),
            queues,
            dynamodb: Arc::new(self.database().await?),
            state,
            destinations,
            logs: logs.clone(),
            speed,
            tasks,
        }))
    }

    /// The AWS front, which writes down no rights yet.
    pub(super) fn front(
        &self,
        sources: &Sources,
        parameters: &Arc<Parameters>,
        gateway_url: &str,
    ) -> Front {
        Front {
            cloudformation: CloudFormation::new(self.template, self.stack, gateway_url),
            stack: self.stack.clone(),
            permissions: Permissions::new(&self.template.functions),
            rights: None,
            dynamodb: Arc::clone(&sources.dynamodb),
            queues: Arc::clone(&sources.queues),
            parameters: Arc::clone(parameters),
            lambda: Arc::clone(&sources.lambda),
            async_queue: Arc::clone(&sources.async_queue),
            logs: sources.logs.clone(),
        }
    }

    /// The record of rights, if the options name a file.
    pub(super) fn rights(&self, output: &OutputDirectory) -> Result<Option<Record>> {
        let Some(path) = &self.options.rights else {
            return Ok(None);
        };
        let build = |function: &template::Function| {
            let build = rights::build_of(&output.binary(&function.binary))?;
            Ok((function.id.clone(), build))
        };
        let builds = self.functions().map(build).collect::<io::Result<_>>();
        let record = builds.and_then(|builds| Record::open(path, builds));
        record.map(Some).map_err(file_error(path))
    }

    async fn database(&self) -> Result<DynamoDb> {
        let data = self.options.data.as_deref();
        Ok(DynamoDb::start(&self.template.tables, data).await?)
    }

    fn functions(&self) -> impl Iterator<Item = &template::Function> {
        self.template.functions.iter()
    }
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.display().to_string();
    move |source| Error::File { path, source }
}
