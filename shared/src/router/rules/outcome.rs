//! What happens when a rule fits.

use super::{
    super::{
        Handler, allowed,
        condition::Condition,
        prepared::{Answers, Pick, Prepared},
        slow::{Markdown, Slow, Source},
    },
    fault::Faults,
    source,
    surroundings::Surroundings,
    table::Fields,
    tags,
};
use crate::followers::Marks;
use std::ops::Range;
use toml::Spanned;
use wechat_oa::callback::Reply;

/// What a rule says itself: one of these.
pub(super) const QUICK: [&str; 5] = ["reply", "articles", "replies", "transfer", "transfer_ai"];
/// Who else works out an answer: one of these, alone or beside a reply.
pub(super) const SLOW: [&str; 3] = ["forward", "ask", "run"];
/// What stands beside some of them.
pub(super) const BESIDE: [&str; 5] = ["pick", "fallback", "markdown", "ai", "secret_parameter"];

/// In place of an agent: any, if one is online.
const ONLINE: &str = "online";
/// Replies that are given one after the other: WeChat takes so many service messages in answer to a message, so that
/// more would have to be collected.
const MOST_REPLIES: usize = 5;

/// What happens, with where its replies stand.
pub(super) struct Outcome {
    replies: Vec<Spanned<Reply>>,
    pick: Pick,
    fallback: Option<Spanned<Reply>>,
    slow: Option<Slow>,
    marks: Option<(Range<usize>, Marks)>,
}

/// What happens by the fields of a rule; `None` when something is at fault, or missing.
pub(super) fn read(fields: &mut Fields<'_, '_, '_>, around: &Surroundings<'_>) -> Option<Outcome> {
    let before = fields.faults.count();
    let quick = only_one(fields, &QUICK);
    let slow = only_one(fields, &SLOW);
    if let (Some("transfer" | "transfer_ai"), Some(slow)) = (quick, slow) {
        let at = fields.place(slow).unwrap_or_default();
        let english =
            format!("{slow}: nobody would see its answer, for the user is handed over; keep one");
        let chinese = format!("用户已被转交，{slow} 的答复没有人会看到；请只留一个");
        fields.faults.at(&at, english, &chinese);
    }
    let pick = pick(fields, quick, slow);
    beside(fields, pick, slow);
    let outcome = Outcome {
        replies: quick
            .and_then(|name| replies(name, fields))
            .unwrap_or_default(),
        pick,
        fallback: fields.reply("fallback"),
        slow: slow.and_then(|name| self::slow(name, fields, around)),
        marks: tags::marks(fields),
    };
    if pick == Pick::All {
        all_are_messages(&outcome.replies, fields);
    }
    let happens = quick.is_some() || slow.is_some() || outcome.marks.is_some();
    (fields.faults.count() == before && happens).then_some(outcome)
}

/// The one that is given; of several, the second in the text is at fault.
fn only_one<'n>(fields: &mut Fields<'_, '_, '_>, names: &[&'n str]) -> Option<&'n str> {
    let given = fields.given(names);
    if let Some((_, second)) = given.get(1) {
        let names = names.join(", ");
        let english = format!("only one of {names} may be given");
        fields
            .faults
            .at(second, english, &format!("{names} 只能写一个"));
    }
    given.first().map(|(name, _)| *name)
}

/// Checks that what stands beside them belongs to one of them.
fn beside(fields: &mut Fields<'_, '_, '_>, pick: Pick, slow: Option<&str>) {
    let if_online = pick == Pick::IfOnline;
    if let (true, Some(at), None) = (
        if_online,
        fields.place("transfer"),
        fields.place("fallback"),
    ) {
        let english = "transfer: beside \"online\" stands fallback, the reply for when no agent is";
        let chinese = "transfer = \"online\" 旁边要写 fallback：没有客服在线时的回复";
        fields.faults.at(&at, english, chinese);
    }
    for name in ["fallback", "markdown", "ai", "secret_parameter"] {
        let belongs = slow.is_some() || if_online && name == "fallback";
        if let (Some(at), false) = (fields.place(name), belongs) {
            let english = format!("{name} stands beside forward, ask or run alone");
            let chinese = format!("{name} 只能和 forward、ask 或 run 一起写");
            fields.faults.at(&at, english, &chinese);
        }
    }
}

/// Which of the replies is given.
fn pick(fields: &mut Fields<'_, '_, '_>, quick: Option<&str>, slow: Option<&str>) -> Pick {
    let transfer = fields.value("transfer");
    let transfer = transfer.and_then(|value| value.get_ref().as_str());
    match (fields.place("pick"), fields.place("replies")) {
        (Some(at), _) if quick != Some("replies") => {
            let english = "pick stands beside replies alone";
            fields.faults.at(&at, english, "pick 只能和 replies 一起写");
        }
        (None, Some(at)) => {
            let english = "replies: say which is given: pick = \"random\" or \"all\"";
            let chinese = "replies 旁边要写 pick = \"random\" 或 \"all\"";
            fields.faults.at(&at, english, chinese);
        }
        (Some(at), _) => {
            let pick = fields.choice("pick", &[("random", Pick::One), ("all", Pick::All)]);
            if let (Some(Pick::All), Some(slow)) = (pick, slow) {
                let english = format!("pick: 'all' of them cannot stand beside {slow}; keep one");
                let chinese = format!("pick = \"all\" 不能和 {slow} 一起写；请只留一个");
                fields.faults.at(&at, english, &chinese);
            }
            return pick.unwrap_or(Pick::One);
        }
        (None, None) if quick == Some("transfer") && transfer == Some(ONLINE) => {
            return Pick::IfOnline;
        }
        (None, None) => {}
    }
    Pick::One
}

/// Checks that each can be given beside the others: all but the first go as service messages.
fn all_are_messages(replies: &[Spanned<Reply>], fields: &mut Fields<'_, '_, '_>) {
    if let (true, Some(at)) = (replies.len() > MOST_REPLIES, fields.place("replies")) {
        let english = format!(
            "replies: at most {MOST_REPLIES} are given at once, for WeChat takes no more messages in answer to one"
        );
        let chinese = format!("一次最多给出 {MOST_REPLIES} 条：微信在用户发一条消息后只收这么多条");
        fields.faults.at(&at, english, &chinese);
    }
    for (n, reply) in replies.iter().enumerate() {
        let (english, chinese) = match reply.get_ref() {
            Reply::Acknowledge => (
                "replies: nothing is no message; leave it out",
                "“不回复”不是消息，请去掉",
            ),
            reply if reply.is_transfer() => (
                "replies: who is handed over gets no other reply; write a rule of its own",
                "转交之后没有别的回复；请另写一条规则",
            ),
            Reply::News { articles } if n > 0 && articles.len() > 1 => (
                "articles: a message has one article, and only the first of the replies may be no message; keep one",
                "客服消息只能有一条图文；请只留一条",
            ),
            _ => continue,
        };
        fields.faults.at(&reply.span(), english, chinese);
    }
}

fn replies(name: &str, fields: &mut Fields<'_, '_, '_>) -> Option<Vec<Spanned<Reply>>> {
    let one = match name {
        "replies" => return fields.replies(name),
        "articles" => fields.articles(name),
        "transfer" => transfer(fields),
        "transfer_ai" => fields
            .flag(name)
            .map(|at| Spanned::new(at, Reply::TransferAi)),
        _ => fields.reply(name),
    };
    one.map(|reply| vec![reply])
}

/// `true` for any agent, `"online"` for any that is online, or one agent's whole name.
fn transfer(fields: &mut Fields<'_, '_, '_>) -> Option<Spanned<Reply>> {
    let value = fields.value("transfer")?;
    let written = value.get_ref().as_str();
    let agent = written
        .filter(|text| *text != ONLINE)
        .map(ToOwned::to_owned);
    let is_whole = |agent: &String| matches!(agent.split_once('@'), Some((a, b)) if !a.is_empty() && !b.is_empty());
    let any = value.get_ref().as_bool() == Some(true) || written == Some(ONLINE);
    let reply = Reply::TransferCustomerService {
        kf_account: agent.clone(),
    };
    if any || agent.as_ref().is_some_and(is_whole) && reply.validate().is_ok() {
        return Some(Spanned::new(value.span(), reply));
    }
    let english =
        "transfer: must be true, \"online\", or an agent's whole name as in 'agent@account'";
    let chinese = "transfer 只能是 true、\"online\"，或完整的客服账号，例如 'agent@account'";
    fields.faults.at(&value.span(), english, chinese);
    None
}

fn slow(name: &str, fields: &mut Fields<'_, '_, '_>, around: &Surroundings<'_>) -> Option<Slow> {
    let markdowns = [("keep", Markdown::Keep), ("plain", Markdown::Plain)];
    let markdown = fields.choice("markdown", &markdowns);
    let ai = fields.flag("ai").is_some();
    let written = fields.text(name)?;
    let source = match name {
        "ask" => source::assistant(&written, around, fields.faults),
        "run" => source::code(&written, around, fields.faults),
        _ => source::forward(&written, around, fields.faults),
    };
    let secret_parameter = source::secret(source.as_ref(), fields);
    let slow = Slow::from(source?);
    let markdown = markdown.unwrap_or(slow.markdown);
    Some(Slow {
        markdown,
        ai,
        secret_parameter,
        ..slow
    })
}

impl Outcome {
    /// Notes replies that nobody would see, or not so, in answer to what the conditions fit.
    pub(super) fn check(&self, conditions: &[Condition], faults: &mut Faults<'_>) {
        for reply in self.replies.iter().chain(&self.fallback) {
            if let Err((english, chinese)) = allowed::check(conditions, reply.get_ref()) {
                faults.at(&reply.span(), english, &chinese);
            }
        }
        if let Some((at, _)) = &self.marks
            && let Err((english, chinese)) = allowed::check_marks(conditions)
        {
            faults.at(at, english, chinese);
        }
    }

    /// The team's own function that is called.
    pub(super) fn function(&self) -> Option<&str> {
        match &self.slow.as_ref()?.source {
            Source::Function(function) => Some(function),
            Source::Url(_) | Source::Assistant(_) | Source::Replies(_) | Source::Code(_) => None,
        }
    }

    pub(super) fn into_handler(self, conditions: &[Condition]) -> Box<dyn Handler> {
        let regex = conditions.iter().find_map(|condition| match condition {
            Condition::Regex(regex) => Some(regex.clone()),
            _ => None,
        });
        let answers = Answers {
            replies: self.replies.into_iter().map(Spanned::into_inner).collect(),
            pick: self.pick,
            fallback: self.fallback.map(Spanned::into_inner),
            slow: self.slow,
            marks: self.marks.map(|(_, marks)| marks).unwrap_or_default(),
        };
        Box::new(Prepared::new(answers, regex))
    }
}
