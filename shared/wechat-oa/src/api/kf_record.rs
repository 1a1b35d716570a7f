//! Family `kf_record`: what agents and users wrote (protocol section 7.1).

use super::{
    Invalid, Meta,
    endpoint::{RetryClass::Read, family},
    wire::Number,
};
use crate::ids::OpenId;
use serde::{Deserialize, Serialize};

family! { "kf_record" for VERIFIED:
    GetKfMessages => KfMessages: Meta::post("/customservice/msgrecord/getmsglist", "https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Obtain_chat_transcript.html")
        .retry(Read), validate;
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::call;
    let (starttime, endtime) = (1_735_689_600, 1_735_776_000);
    vec![call(GetKfMessages {
        starttime,
        endtime,
        msgid: 1,
        number: 10_000,
    })]
}

/// The longest time one call looks at, in seconds: 24 hours.
const DAY: i64 = 24 * 60 * 60;

/// `POST /customservice/msgrecord/getmsglist`: what was written in at most 24 hours; 65417 for
/// more. Go on from the `msgid` of the answer until it holds fewer than asked for.
///
/// ```
/// use wechat_oa::api::kf_record::GetKfMessages;
///
/// let day = GetKfMessages { starttime: 1_735_689_600, endtime: 1_735_776_000, msgid: 1, number: 10_000 };
/// assert!(day.validate().is_ok());
/// ```
#[derive(Debug, Clone, Copy, Serialize)]
pub struct GetKfMessages {
    /// From when, in seconds since 1970.
    pub starttime: i64,
    /// Until when, in seconds since 1970.
    pub endtime: i64,
    /// Where to begin: 1, later the `msgid` of the last answer and 1.
    pub msgid: u64,
    /// At most so many, 1 to 10,000.
    pub number: u32,
}

/// What was written.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KfMessages {
    #[serde(default)]
    pub recordlist: Vec<KfMessage>,
    /// How many these are.
    #[serde_as(as = "Number")]
    pub number: u32,
    /// The last one's number.
    #[serde_as(as = "Number")]
    pub msgid: u64,
}

/// Something an agent or a user wrote.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KfMessage {
    pub openid: OpenId,
    #[serde_as(as = "serde_with::FromInto<u32>")]
    pub opercode: Writer,
    #[serde(default)]
    pub text: String,
    /// When, in seconds since 1970.
    #[serde_as(as = "Number")]
    pub time: i64,
    /// The agent's account, written `name@wechat-id`.
    #[serde(default)]
    pub worker: String,
}

/// Who wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// The agent: WeChat's `opercode` 2002.
    Agent,
    /// The user: WeChat's `opercode` 2003.
    User,
    /// A code not known here.
    Other(u32),
}

impl From<u32> for Writer {
    fn from(code: u32) -> Self {
        match code {
            2002 => Self::Agent,
            2003 => Self::User,
            other => Self::Other(other),
        }
    }
}

impl GetKfMessages {
    /// The time is at most 24 hours and runs forward; number and start are in range.
    ///
    /// # Errors
    /// The field and the rule it breaks.
    pub fn validate(&self) -> Result<(), Invalid> {
        let length = self.endtime.checked_sub(self.starttime);
        let rule = "must be after starttime, 24 hours at most";
        Invalid::unless(
            length.is_some_and(|length| (0..=DAY).contains(&length)),
            "endtime",
            rule,
        )?;
        Invalid::unless(self.msgid >= 1, "msgid", "must be 1 or more")?;
        let fits = (1..=10_000).contains(&self.number);
        Invalid::unless(fits, "number", "must be 1 to 10000")
    }

    /// The call for what comes after that answer; `None` when that was all.
    #[must_use]
    pub fn after(self, answer: &KfMessages) -> Option<Self> {
        let msgid = answer.msgid.checked_add(1)?;
        (answer.number >= self.number).then_some(Self { msgid, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn ask() -> GetKfMessages {
        GetKfMessages {
            starttime: 1_735_603_200,
            endtime: 1_735_689_599,
            msgid: 1,
            number: 10_000,
        }
    }

    fn answer() -> KfMessages {
        serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/msgrecord_getmsglist.json"
        ))
        .unwrap()
    }

    #[test]
    fn requests_are_those_of_the_fixtures() {
        let expected: Value = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/requests/msgrecord_getmsglist.json"
        ))
        .unwrap();
        assert_eq!(json!(ask()), expected);
        assert!(ask().validate().is_ok());
    }

    #[test]
    fn limits_hold_before_the_call() {
        let broken = |ask: GetKfMessages| ask.validate().unwrap_err().field;
        let endtime = ask().starttime + DAY + 1;
        assert_eq!(broken(GetKfMessages { endtime, ..ask() }), "endtime");
        let endtime = ask().starttime - 1;
        assert_eq!(broken(GetKfMessages { endtime, ..ask() }), "endtime");
        assert_eq!(broken(GetKfMessages { msgid: 0, ..ask() }), "msgid");
        for number in [0, 10_001] {
            assert_eq!(broken(GetKfMessages { number, ..ask() }), "number");
        }
    }

    #[test]
    fn responses_are_those_of_the_fixtures() {
        let answer = answer();
        let writers: Vec<_> = answer.recordlist.iter().map(|m| m.opercode).collect();
        assert_eq!(writers, [Writer::Agent, Writer::User]);
        assert_eq!((answer.number, answer.msgid), (2, 20_165_267));
        assert_eq!(Writer::from(1000), Writer::Other(1000));
    }

    #[test]
    fn a_full_answer_is_followed_by_another_call() {
        assert!(ask().after(&answer()).is_none());
        let full = GetKfMessages { number: 2, ..ask() };
        assert_eq!(full.after(&answer()).unwrap().msgid, 20_165_268);
    }
}
