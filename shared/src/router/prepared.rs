//! What a rule of a file answers.

use super::{
    Decision, Handler, Quick,
    asked::Asked,
    fill::{fill, is_filled},
    slow::Slow,
};
use regex_lite::Regex;
use wechat_oa::callback::Reply;

/// What happens, made from what a file says.
pub(super) struct Prepared {
    replies: Vec<Reply>,
    slow: Option<Slow>,
    regex: Option<Regex>,
    /// Whether a text is to be filled.
    filled: bool,
}

impl Prepared {
    /// One of the replies is given; groups in its texts are those of `regex`.
    pub(super) fn new(
        mut replies: Vec<Reply>,
        mut slow: Option<Slow>,
        regex: Option<Regex>,
    ) -> Self {
        let mut filled = false;
        let fallback = slow.as_mut().and_then(|slow| slow.fallback.as_mut());
        for reply in replies.iter_mut().chain(fallback) {
            reply.change_texts(&mut |text| filled |= is_filled(text, regex.as_ref()));
        }
        Self {
            replies,
            slow,
            regex,
            filled,
        }
    }

    fn filled(&self, reply: &Reply, asked: &Asked<'_>) -> Reply {
        let mut reply = reply.clone();
        if self.filled {
            fill(&mut reply, self.regex.as_ref(), asked);
        }
        reply
    }
}

impl Handler for Prepared {
    fn handle(&self, asked: &Asked<'_>) -> Decision {
        let reply = asked
            .pick(&self.replies)
            .map(|reply| self.filled(reply, asked));
        match &self.slow {
            None => Decision::Reply(Quick::from(reply.unwrap_or_default())),
            Some(slow) => Decision::Forward(Slow {
                at_once: reply,
                fallback: slow
                    .fallback
                    .as_ref()
                    .map(|reply| self.filled(reply, asked)),
                ..slow.clone()
            }),
        }
    }

    fn may_forward(&self) -> bool {
        self.slow.is_some()
    }
}
