//! The simulator's page learns what runs behind it: its signed routes, their document, what the functions write.

use crate::wechat::RunningWechat;
use platform::{Behind, State};
use sam_local::{Deployment, LogLine, signed, template::yaml};
use serde_json::Value;
use std::sync::Arc;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    task::JoinSet,
};

/// Tells the page of the stack, and goes on to as long as the answer lives. Nothing is told where WeChat is no simulator.
pub(crate) fn open(
    wechat: &RunningWechat,
    deployment: &Deployment,
    stack: &sam_local::Options,
) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let Some(simulator) = wechat.simulator() else {
        return tasks;
    };
    let (gateway, region) = (deployment.gateway_url(), stack.region.clone());
    let routes = move |method: String, path: String, body: Value| {
        let (url, region) = (format!("{gateway}{path}"), region.clone());
        let answer = async move {
            let answer = signed::request(&method, &url, &region, &body).await;
            answer.map_err(|error| error.to_string())
        };
        Box::pin(answer) as _
    };
    let text = stack.openapi.clone().unwrap_or_default();
    simulator.stand_behind(Behind {
        routes: Arc::new(routes),
        document: Arc::new(move || yaml::parse(&text).unwrap_or_default()),
    });
    tasks.spawn(pass_on(deployment.logs(), Arc::clone(simulator)));
    tasks
}

/// Passes on what the functions write, until the stack is gone.
async fn pass_on(mut logs: Receiver<LogLine>, simulator: Arc<State>) {
    loop {
        match logs.recv().await {
            Ok(line) => simulator.take_down(&line.function, line.instance, &line.text),
            Err(RecvError::Lagged(lost)) => {
                simulator.take_down("", 0, &format!("({lost} log lines not shown)"));
            }
            Err(RecvError::Closed) => return,
        }
    }
}
