//! EventBridge Scheduler: asynchronous invocations at the times of an expression.

use super::Sources;
use crate::{
    clock::now_ms,
    ids,
    lambda::iso_time,
    schedule_time::ScheduleTime,
    stack::{ACCOUNT, Stack},
    template::Schedule,
};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// Fires `schedule` for `function` until the task ends.
pub(super) async fn run(sources: Arc<Sources>, function: String, schedule: Schedule) {
    let Ok(times) = ScheduleTime::parse(&schedule.expression, &schedule.time_zone) else {
        return;
    };
    let start_ms = now_ms();
    let mut virtual_ms = start_ms;
    while let Some(due_ms) = next(&times, virtual_ms, start_ms) {
        // On the faster clock the stack started at `start_ms` and time passes `speed` times as fast.
        let wait_real_ms = (due_ms.saturating_sub(start_ms)) as f64 / sources.speed;
        let passed_ms = now_ms().saturating_sub(start_ms) as f64;
        tokio::time::sleep(Duration::from_secs_f64(
            (wait_real_ms - passed_ms).max(0.0) / 1_000.0,
        ))
        .await;
        virtual_ms = due_ms;
        sources
            .async_queue
            .accept(&function, payload(&sources.stack, &schedule, due_ms));
    }
}

fn next(times: &ScheduleTime, now_ms: u64, start_ms: u64) -> Option<u64> {
    let timestamp = |ms: u64| Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok();
    let due = times.next_after(timestamp(now_ms)?, timestamp(start_ms)?)?;
    u64::try_from(due.as_millisecond()).ok()
}

/// What the function gets: `Input` with the scheduler's context attributes filled in, or the scheduler's own event.
pub(super) fn payload(stack: &Stack, schedule: &Schedule, due_ms: u64) -> Bytes {
    let (arn, time, id) = (
        stack.schedule_arn(&schedule.name),
        iso_time(due_ms),
        ids::uuid(),
    );
    let time = time.replace(".000Z", "Z");
    match &schedule.input {
        Some(input) => Bytes::from(
            input
                .replace("<aws.scheduler.schedule-arn>", &arn)
                .replace("<aws.scheduler.scheduled-time>", &time)
                .replace("<aws.scheduler.execution-id>", &id)
                .replace("<aws.scheduler.attempt-number>", "1"),
        ),
        None => Bytes::from(
            json!({
                "version": "0",
                "id": id,
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": ACCOUNT,
                "time": time,
                "region": stack.region,
                "resources": [arn],
                "detail": "{}",
            })
            .to_string(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(input: Option<&str>) -> Schedule {
        Schedule {
            expression: "rate(1 minute)".into(),
            time_zone: "UTC".into(),
            input: input.map(str::to_owned),
            enabled: true,
            name: "RefreshEvery".into(),
        }
    }

    #[test]
    fn the_payload_is_the_input_or_the_schedulers_event() {
        let stack = Stack {
            name: "s".into(),
            region: "eu-west-1".into(),
            aws_url: String::new(),
        };
        let own = payload(
            &stack,
            &schedule(Some(r#"{"at":"<aws.scheduler.scheduled-time>"}"#)),
            1_000,
        );
        assert_eq!(own, r#"{"at":"1970-01-01T00:00:01Z"}"#);
        let event: serde_json::Value =
            serde_json::from_slice(&payload(&stack, &schedule(None), 0)).unwrap();
        assert_eq!(event["source"], "aws.scheduler");
        assert_eq!(
            event["resources"][0],
            "arn:aws:scheduler:eu-west-1:000000000000:schedule/default/RefreshEvery"
        );
    }

    #[test]
    fn due_times_follow_each_other() {
        let times = ScheduleTime::parse("rate(1 minute)", "UTC").unwrap();
        assert_eq!(next(&times, 5_000, 5_000), Some(65_000));
        assert_eq!(next(&times, 65_000, 5_000), Some(125_000));
    }
}
