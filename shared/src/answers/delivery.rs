//! How an answer gets to the user who asked.

use super::pieces::{self, LONGEST};
use crate::{
    account::{ANSWER_WITHIN_MS, Account, LateReply},
    inbox::{LAST_BEGINS, Lapse, at_deadline},
    sends::allowance::Interaction,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};
use std::{ops::Range, time::Duration};
use wechat_oa::callback::{Answerable, Change, Push, Reply};

/// Service messages that carry one answer at most, which is what WeChat takes after a message of the user's; what is
/// left waits to be collected.
pub const MOST_MESSAGES: u32 = 5;
/// What is said of an answer by then is given instead of none: this long before an attempt ends, which looks each 250 ms.
const OPENS_BEFORE: Duration = Duration::from_millis(700);
/// The same, before the last attempt of several ends, whose beginning is known less exactly.
const OPENS_BEFORE_END: Duration = Duration::from_secs(1);
/// Room for the number of a piece, in bytes.
const NUMBER: usize = 16;

/// How the pieces of an answer reach the user, as the account has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Pieces that may go as service messages; those after them wait to be collected.
    pub messages: u32,
    /// What is said below a piece when the next one is to be collected; may be empty.
    #[serde(default)]
    pub more: String,
    /// Whether pieces are numbered, as `(1/3)`.
    #[serde(default)]
    pub numbered: bool,
    /// Whether WeChat is let repeat the push, so that only its last attempt has to be answered in time.
    #[serde(default)]
    pub holds: bool,
    /// How long an attempt of WeChat's may take, in milliseconds.
    #[serde(default = "answer_within_ms")]
    pub answer_within_ms: u16,
}

fn answer_within_ms() -> u16 {
    ANSWER_WITHIN_MS
}

/// As tasks without one were meant.
impl Default for Delivery {
    fn default() -> Self {
        Self {
            messages: MOST_MESSAGES,
            more: String::new(),
            numbered: false,
            holds: false,
            answer_within_ms: ANSWER_WITHIN_MS,
        }
    }
}

impl Delivery {
    /// By what the user did, and what WeChat lets the account do.
    pub fn of(account: &Account, push: &Push<'_>) -> Self {
        let event = push.event();
        let did = match event.as_ref().map(|event| event.name()) {
            None => Interaction::Message,
            Some("subscribe") => Interaction::Subscribe,
            Some("scan") => Interaction::Scan,
            Some(_) => Interaction::Click,
        };
        let allowed = account.allowances.get().ok();
        let allowed = allowed.and_then(|allowances| did.allowance(allowances).messages);
        Self {
            messages: match account.late() {
                LateReply::Continue => 0,
                LateReply::CustomerService | LateReply::Hold => {
                    allowed.unwrap_or(MOST_MESSAGES).min(MOST_MESSAGES)
                }
            },
            more: account.more_text.clone(),
            numbered: account.numbered_pieces,
            holds: at_deadline(account.late(), account.waiting, 1) == Lapse::Hold,
            answer_within_ms: account
                .answer_within_ms
                .get()
                .copied()
                .unwrap_or(ANSWER_WITHIN_MS),
        }
    }

    /// How long after a push there is nothing to say that more of its answer is worth waiting for.
    pub fn opens_after(&self) -> Duration {
        let within = Duration::from_millis(self.answer_within_ms.into());
        match self.holds {
            true => LAST_BEGINS + within - OPENS_BEFORE_END,
            false => within - OPENS_BEFORE,
        }
    }

    /// The piece that shows how an answer begins; `None` where that is no message.
    pub fn opening(&self, shown: String) -> Option<Reply> {
        let fits = !shown.trim().is_empty() && shown.len() <= self.room();
        let numbered = || match self.numbered {
            true => format!("(1)\n{shown}"),
            false => shown,
        };
        let piece = fits.then(numbered).map(Reply::from);
        piece.filter(|piece| piece.validate().is_ok())
    }

    /// Longest text of an opening, in bytes.
    pub fn room(&self) -> usize {
        LONGEST - self.line().len() - if self.numbered { NUMBER } else { 0 }
    }

    /// The reply in pieces that WeChat takes, none for an acknowledgement, and what had to be changed for that. A text
    /// of any length keeps all its words; `before` it the user has got so many pieces.
    fn pieces(&self, before: usize, reply: Reply, to: Answerable) -> (Vec<Reply>, Option<Change>) {
        let whole = match reply {
            Reply::Text { content }
                if to != Answerable::Never && (content.len() > LONGEST || before > 0) =>
            {
                content
            }
            reply => {
                let (reply, change) = reply.fitted(to);
                let is_said = reply != Reply::Acknowledge;
                return (is_said.then_some(reply).into_iter().collect(), change);
            }
        };
        let cut = pieces::cut(&whole, self.room());
        let all = before + cut.len();
        let numbered = |(n, piece): (usize, String)| match self.numbered {
            true => format!("({n}/{all})\n{piece}"),
            false => piece,
        };
        let pieces = (before + 1..).zip(cut).map(numbered).map(Reply::from);
        (
            pieces.filter(|piece| piece.validate().is_ok()).collect(),
            None,
        )
    }

    /// Several replies in pieces, one after the other, behind the one that the user has got; and what had to be changed
    /// of one of them.
    pub fn all_pieces(
        &self,
        opening: Option<Reply>,
        replies: Vec<Reply>,
        to: Answerable,
    ) -> (Vec<Reply>, Option<Change>) {
        let before = usize::from(opening.is_some());
        let each = replies
            .into_iter()
            .map(|reply| self.pieces(before, reply, to));
        let (pieces, changes): (Vec<_>, Vec<_>) = each.unzip();
        let pieces = opening.into_iter().chain(pieces.concat()).collect();
        (pieces, changes.into_iter().flatten().next())
    }

    /// A piece behind which the next one is to be collected.
    pub fn followed(&self, piece: Reply) -> Reply {
        match piece {
            Reply::Text { content } if content.len() + self.line().len() <= LONGEST => {
                Reply::from(content + &self.line())
            }
            piece => piece,
        }
    }

    fn line(&self) -> String {
        match self.more.as_str() {
            "" => String::new(),
            more => format!("\n{more}"),
        }
    }
}

/// The answer of a slow rule, as the row of its push keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Kept {
    /// One too long for a message, whose pieces are filed elsewhere.
    Pieces {
        /// What they are filed under.
        set: String,
        pieces: u32,
    },
    /// One that is a reply.
    Reply(Reply),
}

/// Which piece of an answer a service message carries: where WeChat does not take it, the user collects it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceOf {
    /// The answer, as [`answer_id`] has it.
    pub answer: String,
    /// What its pieces are filed under.
    pub set: String,
    /// From 0.
    pub piece: u32,
    /// When the user asked.
    #[serde(rename = "asked_ms")]
    pub asked: Timestamp,
    /// The pieces behind it that are to be collected, but not before this message is settled: a user who writes at
    /// once would read the end before the middle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Range<u32>>,
}

/// What the answer to the push of that row is called where answers wait; it names nobody.
pub fn answer_id(row_id: &str) -> String {
    format!("{:.24}", hex::encode(Sha1::digest(row_id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: Answerable = Answerable::Articles(1);

    fn delivery(numbered: bool) -> Delivery {
        Delivery {
            messages: 0,
            more: "（回复任意内容继续）".to_owned(),
            numbered,
            ..Delivery::default()
        }
    }

    #[test]
    fn an_answer_opens_before_the_attempt_that_shows_it_ends() {
        let opens = |holds, answer_within_ms| {
            let delivery = Delivery {
                holds,
                answer_within_ms,
                ..Delivery::default()
            };
            delivery.opens_after().as_millis()
        };
        assert_eq!((opens(false, 4_500), opens(true, 4_500)), (3_800, 13_500));
        assert_eq!((opens(false, 1_000), opens(true, 1_000)), (300, 10_000));
        let old = r#"{"messages":5,"holds":true}"#;
        let old: Delivery = serde_json::from_str(old).unwrap();
        assert_eq!(
            old.opens_after().as_millis(),
            13_500,
            "queued by an older version"
        );
    }

    fn text(reply: &Reply) -> &str {
        match reply {
            Reply::Text { content } => content,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_text_of_any_length_keeps_its_words_and_room_for_what_stands_below() {
        let long = "知之为知之，不知为不知，是知也。".repeat(200);
        for numbered in [false, true] {
            let delivery = delivery(numbered);
            let (pieces, change) = delivery.pieces(0, Reply::from(long.as_str()), MESSAGE);
            assert_eq!(change, None);
            let mut joined = String::new();
            for (n, piece) in pieces.iter().enumerate() {
                let followed = delivery.followed(piece.clone());
                assert!(text(&followed).len() <= LONGEST && followed != *piece);
                let number = format!("({}/{})\n", n + 1, pieces.len());
                joined.push_str(text(piece).strip_prefix(&number).unwrap_or(text(piece)));
            }
            assert_eq!(joined, long);
        }
    }

    #[test]
    fn what_fits_is_left_as_it_is() {
        let whole = Reply::from("a".repeat(LONGEST));
        assert_eq!(
            delivery(true).pieces(0, whole.clone(), MESSAGE),
            (vec![whole], None)
        );
        let never = Reply::from("a".repeat(5_000));
        assert_eq!(
            delivery(true).pieces(0, never, Answerable::Never),
            (Vec::new(), None)
        );
        let full = Reply::from("a".repeat(LONGEST));
        assert_eq!(delivery(false).followed(full.clone()), full);
        let empty = Reply::from("\u{7}".repeat(5_000));
        assert!(delivery(false).pieces(0, empty, MESSAGE).0.is_empty());
    }

    #[test]
    fn what_follows_an_opening_is_numbered_on() {
        let delivery = delivery(true);
        let opening = delivery.opening("一。".to_owned());
        assert_eq!(opening, Some(Reply::from("(1)\n一。")));
        let (rest, _) = delivery.pieces(1, Reply::from("二。"), MESSAGE);
        assert_eq!(rest, [Reply::from("(2/2)\n二。")]);
        assert_eq!(delivery.opening("一".repeat(LONGEST)), None);
        assert_eq!(delivery.opening(" \n".to_owned()), None);
    }

    #[test]
    fn an_answer_is_read_back_as_it_was_kept() {
        let pieces = Kept::Pieces {
            set: "s".to_owned(),
            pieces: 3,
        };
        for kept in [
            pieces,
            Kept::Reply(Reply::from("好")),
            Kept::Reply(Reply::Acknowledge),
        ] {
            let json = serde_json::to_string(&kept).unwrap();
            assert_eq!(serde_json::from_str::<Kept>(&json).unwrap(), kept, "{json}");
        }
        assert_eq!(
            serde_json::from_str::<Kept>("\"好\"").unwrap(),
            Kept::Reply("好".into())
        );
    }
}
