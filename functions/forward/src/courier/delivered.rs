//! An answer on its way, and what it is called where answers wait.

use shared::{
    answers::{Added, KEEP, PROMISED, PieceOf, answer_id},
    invocation::ForwardTask,
    problem::Problem,
    time::Timestamp,
};
use wechat_oa::ids::AppId;

/// An answer on its way to the user.
pub(super) struct Delivered<'a> {
    pub(super) task: &'a ForwardTask,
    /// What it is called among the answers that wait.
    pub(super) id: String,
    pub(super) app_id: AppId,
    pub(super) set: String,
    pub(super) asked: Timestamp,
}

impl Delivered<'_> {
    pub(super) fn new(
        task: &ForwardTask,
        set: String,
        asked: Timestamp,
    ) -> Result<Delivered<'_>, Problem> {
        Ok(Delivered {
            id: answer_id(&task.id),
            app_id: app_id(task)?,
            task,
            set,
            asked,
        })
    }

    /// What of it waits: the pieces from `from` on, of so many.
    pub(super) fn added(&self, from: u32, pieces: u32, now: Timestamp) -> Added<'_> {
        Added {
            id: &self.id,
            set: &self.set,
            asked: self.asked,
            from,
            pieces,
            ended: true,
            until: now + KEEP,
        }
    }

    /// The promise of pieces from `from` on.
    pub(super) fn promised(&self, from: u32, now: Timestamp) -> Added<'_> {
        Added {
            ended: false,
            until: now + PROMISED,
            ..self.added(from, from, now)
        }
    }

    pub(super) fn piece(&self, number: u32) -> PieceOf {
        PieceOf {
            answer: self.id.clone(),
            set: self.set.clone(),
            piece: number,
            asked: self.asked,
            then: None,
        }
    }
}

/// The account whose push it is: its row begins with the app id.
pub(crate) fn app_id(task: &ForwardTask) -> Result<AppId, Problem> {
    let (app_id, _) = task.id.split_once('#').unwrap_or_default();
    AppId::try_from(app_id).map_err(|error| {
        let why = format!("the task's id does not begin with an app id: {error}");
        Problem::new("forward_wrong_task", 500, why)
    })
}
