//! What happens when a rule fits.

use super::{
    super::{
        Handler, allowed,
        condition::Condition,
        prepared::Prepared,
        slow::{Markdown, Slow, Source},
    },
    fault::Faults,
    source,
    surroundings::Surroundings,
    table::Fields,
};
use toml::Spanned;
use wechat_oa::callback::Reply;

/// What a rule says itself: one of these.
pub(super) const QUICK: [&str; 5] = ["reply", "articles", "replies", "transfer", "transfer_ai"];
/// Who else works out an answer: one of these, alone or beside a reply.
pub(super) const SLOW: [&str; 3] = ["forward", "ask", "run"];
/// What stands beside some of them.
pub(super) const BESIDE: [&str; 4] = ["pick", "fallback", "markdown", "ai"];

/// What happens, with where its replies stand.
pub(super) struct Outcome {
    /// One of them is given.
    replies: Vec<Spanned<Reply>>,
    fallback: Option<Spanned<Reply>>,
    slow: Option<Slow>,
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
    beside(fields, quick, slow);
    let outcome = Outcome {
        replies: quick
            .and_then(|name| replies(name, fields))
            .unwrap_or_default(),
        fallback: fields.reply("fallback"),
        slow: slow.and_then(|name| self::slow(name, fields, around)),
    };
    (fields.faults.count() == before && (quick.is_some() || slow.is_some())).then_some(outcome)
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
fn beside(fields: &mut Fields<'_, '_, '_>, quick: Option<&str>, slow: Option<&str>) {
    let has_replies = quick == Some("replies");
    match (fields.place("pick"), fields.place("replies")) {
        (Some(at), _) if !has_replies => {
            let english = "pick stands beside replies alone";
            fields.faults.at(&at, english, "pick 只能和 replies 一起写");
        }
        (None, Some(at)) => {
            let english = "replies: say which is given: pick = \"random\"";
            fields
                .faults
                .at(&at, english, "replies 旁边要写 pick = \"random\"");
        }
        (Some(_), _) => pick(fields),
        (None, None) => {}
    }
    for name in ["fallback", "markdown", "ai"] {
        if let (Some(at), None) = (fields.place(name), slow) {
            let english = format!("{name} stands beside forward, ask or run alone");
            let chinese = format!("{name} 只能和 forward、ask 或 run 一起写");
            fields.faults.at(&at, english, &chinese);
        }
    }
}

fn pick(fields: &mut Fields<'_, '_, '_>) {
    let given = fields
        .value("pick")
        .and_then(|value| value.get_ref().as_str());
    if let (Some("all"), Some(at)) = (given, fields.place("pick")) {
        let english = "pick: a push gets one reply, so that 'all' of them cannot be given; write 'random', \
                       or put the texts into one";
        let chinese = "一个推送只能回复一条，不能写 'all'；请写 'random'，或把内容合成一条";
        return fields.faults.at(&at, english, chinese);
    }
    fields.choice("pick", &[("random", ())]);
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

/// `true` for any agent, or one agent's whole name.
fn transfer(fields: &mut Fields<'_, '_, '_>) -> Option<Spanned<Reply>> {
    let value = fields.value("transfer")?;
    let agent = value.get_ref().as_str().map(ToOwned::to_owned);
    let is_whole = |agent: &String| matches!(agent.split_once('@'), Some((a, b)) if !a.is_empty() && !b.is_empty());
    let any = value.get_ref().as_bool() == Some(true);
    let reply = Reply::TransferCustomerService {
        kf_account: agent.clone(),
    };
    if any || agent.as_ref().is_some_and(is_whole) && reply.validate().is_ok() {
        return Some(Spanned::new(value.span(), reply));
    }
    let english = "transfer: must be true, or an agent's whole name as in 'agent@account'";
    let chinese = "transfer 只能是 true，或完整的客服账号，例如 'agent@account'";
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
    let slow = Slow::from(source?);
    let markdown = markdown.unwrap_or(slow.markdown);
    Some(Slow {
        markdown,
        ai,
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
    }

    /// The team's own function that is called.
    pub(super) fn function(&self) -> Option<&str> {
        match &self.slow.as_ref()?.source {
            Source::Function(function) => Some(function),
            Source::Url(_) | Source::Assistant(_) | Source::Code(_) => None,
        }
    }

    pub(super) fn into_handler(self, conditions: &[Condition]) -> Box<dyn Handler> {
        let regex = conditions.iter().find_map(|condition| match condition {
            Condition::Regex(regex) => Some(regex.clone()),
            _ => None,
        });
        let replies = self.replies.into_iter().map(Spanned::into_inner);
        let fallback = self.fallback.map(Spanned::into_inner);
        let slow = self.slow.map(|slow| Slow { fallback, ..slow });
        Box::new(Prepared::new(replies.collect(), slow, regex))
    }
}
