//! Family `guide_massjob`: messages that advisors send to many of their customers.

use super::{Guide, once, read, set};
use crate::{
    api::{
        Invalid,
        answer::Done,
        endpoint::family,
        rules::{each, filled},
        wire::Number,
    },
    ids::OpenId,
};
use serde::{Deserialize, Serialize};

family! { "guide_massjob":
    AddGuideMassJob => GuideMassJobsAdded: once("/cgi-bin/guide/addguidemassendjob", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/task-account/shopping-guide.addGuideMassendJob.html"), validate;
    ListGuideMassJobs => GuideMassJobs: read("/cgi-bin/guide/getguidemassendjoblist", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/task-account/shopping-guide.getGuideMassendJobList.html"), validate;
    GetGuideMassJob => GuideMassJobGot: read("/cgi-bin/guide/getguidemassendjob", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/task-account/shopping-guide.getGuideMassendJob.html");
    UpdateGuideMassJob => Done: set("/cgi-bin/guide/updateguidemassendjob", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/task-account/shopping-guide.updateGuideMassendJob.html"), validate;
    CancelGuideMassJob => Done: set("/cgi-bin/guide/cancelguidemassendjob", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/task-account/shopping-guide.cancelGuideMassendJob.html");
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, guide, openid};
    let task_id = 1_332_519_773_019_865_088;
    let card = JobMaterial {
        kind: 49,
        media_id: Some("m".into()),
        title: Some("卡片".into()),
        path: Some("pages/index".into()),
        appid: Some("wxa81f3c5d7e9b0246".into()),
        word: None,
    };
    let material = vec![JobMaterial::text("你好"), JobMaterial::picture("m"), card];
    vec![
        call(AddGuideMassJob {
            guide: guide(),
            task_name: "节日问候".into(),
            task_remark: "备注".into(),
            push_time: 1_735_695_600,
            openid: vec![openid()],
            material: material.clone(),
        }),
        call(ListGuideMassJobs {
            guide: guide(),
            task_status: Some(vec![1]),
            offset: 0,
            limit: 10,
        }),
        call(GetGuideMassJob { task_id }),
        call(UpdateGuideMassJob {
            task_id,
            task_name: Some("问候".into()),
            task_remark: Some("备注".into()),
            push_time: Some(1_735_695_600),
            openid: Some(vec![openid()]),
            material: Some(material),
        }),
        call(CancelGuideMassJob { task_id }),
    ]
}

/// `POST /cgi-bin/guide/addguidemassendjob`: an advisor is to send this to these customers.
#[derive(Debug, Clone, Serialize)]
pub struct AddGuideMassJob {
    /// Who sends.
    #[serde(flatten)]
    pub guide: Guide,
    /// A name.
    pub task_name: String,
    /// A remark.
    pub task_remark: String,
    /// When, in seconds since 1970.
    pub push_time: i64,
    /// To whom.
    pub openid: Vec<OpenId>,
    /// What.
    pub material: Vec<JobMaterial>,
}

/// Something to send. 1 is text, 3 a picture, 49 the card of a mini program.
#[serde_with::serde_as]
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobMaterial {
    /// What it is.
    #[serde_as(as = "Number")]
    #[serde(rename = "type")]
    pub kind: i64,
    /// The words of a text.
    pub word: Option<String>,
    /// A picture, or that of a card; temporary media.
    pub media_id: Option<String>,
    /// The title of a card.
    pub title: Option<String>,
    /// Where in the mini program a card leads.
    pub path: Option<String>,
    /// The mini program of a card.
    pub appid: Option<String>,
}

impl JobMaterial {
    /// A text.
    pub fn text(word: impl Into<String>) -> Self {
        Self {
            kind: 1,
            word: Some(word.into()),
            ..Self::default()
        }
    }

    /// A picture.
    pub fn picture(media_id: impl Into<String>) -> Self {
        Self {
            kind: 3,
            media_id: Some(media_id.into()),
            ..Self::default()
        }
    }

    fn check(&self) -> Result<(), Invalid> {
        let there = |name: &'static str, text: &Option<String>| {
            filled(name, text.as_deref().unwrap_or_default())
        };
        match self.kind {
            1 => there("word", &self.word),
            3 => there("media_id", &self.media_id),
            49 => {
                there("media_id", &self.media_id)?;
                there("title", &self.title)?;
                there("path", &self.path)?;
                there("appid", &self.appid)
            }
            _ => Invalid::unless(false, "type", "must be 1, 3 or 49"),
        }
    }
}

impl AddGuideMassJob {
    /// There are an advisor, customers and something to send.
    ///
    /// # Errors
    /// When there are not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()?;
        filled("task_name", &self.task_name)?;
        Invalid::unless(!self.openid.is_empty(), "openid", "must not be empty")?;
        Invalid::unless(!self.material.is_empty(), "material", "must not be empty")?;
        each("material", &self.material, JobMaterial::check)
    }
}

/// The tasks that were made of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideMassJobsAdded {
    /// One each.
    #[serde(default)]
    pub task_result: Vec<GuideMassJobAdded>,
}

/// A task and its customers.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideMassJobAdded {
    /// Its id.
    #[serde_as(as = "Number")]
    pub task_id: u64,
    /// Its customers.
    #[serde(default)]
    pub openid: Vec<String>,
}

/// `POST /cgi-bin/guide/getguidemassendjoblist`: a page of an advisor's tasks.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Serialize)]
pub struct ListGuideMassJobs {
    /// Whose.
    #[serde(flatten)]
    pub guide: Guide,
    /// Those that stand so; all when absent.
    pub task_status: Option<Vec<i64>>,
    /// How many to leave out at the beginning.
    pub offset: u64,
    /// How many to tell.
    pub limit: u32,
}

impl ListGuideMassJobs {
    /// The advisor is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()
    }
}

/// A page of an advisor's tasks.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideMassJobs {
    /// The page.
    #[serde(default)]
    pub list: Vec<GuideMassJob>,
    /// How many there are in all.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub total_count: u64,
}

/// `POST /cgi-bin/guide/getguidemassendjob`: a task.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct GetGuideMassJob {
    /// Which.
    pub task_id: u64,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideMassJobGot {
    /// It.
    pub job: GuideMassJob,
}

/// A task.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct GuideMassJob {
    /// Its id.
    #[serde_as(as = "Number")]
    pub task_id: u64,
    /// Its name.
    pub task_name: String,
    /// A remark.
    pub task_remark: String,
    /// When it is to go, in seconds since 1970.
    #[serde_as(as = "Number")]
    pub push_time: i64,
    /// When it was made, in seconds since 1970.
    #[serde_as(as = "Number")]
    pub create_time: i64,
    /// When it was last changed, in seconds since 1970.
    #[serde_as(as = "Number")]
    pub update_time: i64,
    /// When it was done, in seconds since 1970; 0 before.
    #[serde_as(as = "Number")]
    pub finish_time: i64,
    /// Its customers.
    pub buyer_info: Vec<JobBuyer>,
    /// What it sends.
    pub material: Vec<JobMaterial>,
    /// How it stands; the numbers are not documented.
    #[serde_as(as = "Number")]
    pub task_status: i64,
}

/// A customer of a task.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct JobBuyer {
    /// Who.
    pub openid: String,
    /// How it went; the numbers are not documented.
    #[serde_as(as = "Number")]
    pub send_status: i64,
}

/// `POST /cgi-bin/guide/updateguidemassendjob`: changes a task that has not gone.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, Serialize)]
pub struct UpdateGuideMassJob {
    /// Which.
    pub task_id: u64,
    /// Another name.
    pub task_name: Option<String>,
    /// Another remark.
    pub task_remark: Option<String>,
    /// Another time, in seconds since 1970.
    pub push_time: Option<i64>,
    /// Other customers.
    pub openid: Option<Vec<OpenId>>,
    /// Something else to send.
    pub material: Option<Vec<JobMaterial>>,
}

impl UpdateGuideMassJob {
    /// What is there fits.
    ///
    /// # Errors
    /// When it does not.
    pub fn validate(&self) -> Result<(), Invalid> {
        each(
            "material",
            self.material.as_deref().unwrap_or_default(),
            JobMaterial::check,
        )
    }
}

/// `POST /cgi-bin/guide/cancelguidemassendjob`: a task is not to go.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CancelGuideMassJob {
    /// Which.
    pub task_id: u64,
}
