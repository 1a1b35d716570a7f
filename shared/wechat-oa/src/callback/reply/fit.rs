//! A reply made at run time, made one that WeChat takes.

use super::{Article, MAX_ARTICLES, MAX_TEXT, Reply, is_empty};
use crate::callback::Answerable;

/// Stands where a text was cut.
const CUT: &str = "…";

/// What had to be done to a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A text or the list of articles was too long.
    Cut,
    /// What was left is no reply: the push is acknowledged.
    Dropped,
}

impl Reply {
    /// The reply as it can go out in answer to such a push, and what that changed: too long a text
    /// ends in "…", surplus articles are left out, and one that is empty or breaks another rule is an
    /// acknowledgement, for WeChat shows an error notice in its place. What takes no answer gets none,
    /// and an event is not handed over to anybody.
    ///
    /// ```
    /// use wechat_oa::callback::{Answerable, Change, Reply};
    ///
    /// let (reply, change) = Reply::from("好".repeat(1_000)).fitted(Answerable::Articles(1));
    /// assert!(matches!(reply, Reply::Text { content } if content.ends_with('…') && content.len() <= 2_048));
    /// assert_eq!(change, Some(Change::Cut));
    ///
    /// assert_eq!(Reply::from("bye").fitted(Answerable::Never), (Reply::Acknowledge, None));
    /// assert_eq!(Reply::from(" ").fitted(Answerable::Articles(1)), (Reply::Acknowledge, Some(Change::Dropped)));
    /// ```
    pub fn fitted(self, to: Answerable) -> (Self, Option<Change>) {
        let most = match to {
            Answerable::Never => return (Self::Acknowledge, None),
            Answerable::Event if self.is_transfer() => return (Self::Acknowledge, None),
            Answerable::Event => MAX_ARTICLES,
            Answerable::Articles(most) => most,
        };
        let mut reply = self;
        let mut is_cut = false;
        match &mut reply {
            Self::Text { content } => is_cut |= cut(content),
            Self::News { articles } => {
                let before = articles.len();
                articles.retain(|article| !is_empty(&article.title));
                articles.truncate(most);
                is_cut |= articles.len() < before;
                for Article {
                    title, description, ..
                } in articles
                {
                    is_cut |= cut(title) | cut(description);
                }
            }
            Self::Video {
                title, description, ..
            }
            | Self::Music {
                title, description, ..
            } => {
                is_cut |= cut(title) | cut(description);
            }
            _ => {}
        }
        match reply.validate() {
            Ok(()) => (reply, is_cut.then_some(Change::Cut)),
            Err(_) => (Self::Acknowledge, Some(Change::Dropped)),
        }
    }

    /// Whether anything of it can go out in answer to such a push, whatever has to be cut for that.
    pub fn is_usable(&self, to: Answerable) -> bool {
        !matches!(self.clone().fitted(to), (_, Some(Change::Dropped)))
    }

    /// Whether it hands the user over to somebody else.
    pub fn is_transfer(&self) -> bool {
        matches!(
            self,
            Self::TransferCustomerService { .. } | Self::TransferAi
        )
    }

    /// Changes every text of the reply.
    pub fn change_texts(&mut self, change: &mut dyn FnMut(&mut String)) {
        let texts: &mut [&mut String] = match self {
            Self::Acknowledge
            | Self::TransferAi
            | Self::TransferCustomerService { kf_account: None } => &mut [],
            Self::Text { content } => &mut [content],
            Self::Image { media_id } | Self::Voice { media_id } => &mut [media_id],
            Self::Video {
                media_id,
                title,
                description,
            } => &mut [media_id, title, description],
            Self::Music {
                title,
                description,
                music_url,
                hq_music_url,
                thumb_media_id,
            } => &mut [title, description, music_url, hq_music_url, thumb_media_id],
            Self::News { articles } => {
                for Article {
                    title,
                    description,
                    pic_url,
                    url,
                } in articles
                {
                    [title, description, pic_url, url]
                        .into_iter()
                        .for_each(&mut *change);
                }
                &mut []
            }
            Self::TransferCustomerService {
                kf_account: Some(agent),
            } => &mut [agent],
        };
        texts.iter_mut().for_each(|text| change(text));
    }
}

/// Cuts a text to what WeChat takes, at a character; whether it had to be.
fn cut(text: &mut String) -> bool {
    if text.len() <= MAX_TEXT {
        return false;
    }
    let end = (0..=MAX_TEXT - CUT.len())
        .rev()
        .find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or_default());
    text.push_str(CUT);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const MESSAGE: Answerable = Answerable::Articles(1);
    const EVENT: Answerable = Answerable::Event;

    fn article(title: &str) -> Article {
        Article {
            title: title.to_owned(),
            ..Article::default()
        }
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        for (unit, kept) in [("a", 2045), ("你", 681), ("😀", 511)] {
            let (reply, change) = Reply::from(unit.repeat(2100)).fitted(MESSAGE);
            assert_eq!(reply, Reply::from(unit.repeat(kept) + "…"));
            assert_eq!(change, Some(Change::Cut));
            assert!(reply.validate().is_ok());
        }
        let whole = Reply::from("a".repeat(2048));
        assert_eq!(whole.clone().fitted(MESSAGE), (whole, None));
    }

    #[test]
    fn what_is_empty_or_no_reply_is_acknowledged() {
        let none: [Reply; 6] = [
            Reply::from(""),
            Reply::from(" \n\u{3000}"),
            Reply::from("\u{0}\u{ffff}"),
            Reply::from(vec![]),
            Reply::from(article("")),
            Reply::Image {
                media_id: String::new(),
            },
        ];
        for reply in none {
            let told = json!(reply);
            let dropped = (Reply::Acknowledge, Some(Change::Dropped));
            assert_eq!(reply.fitted(EVENT), dropped, "{told}");
        }
        let url = "u".repeat(5000);
        let long = Article {
            url,
            ..article("t")
        };
        assert_eq!(Reply::from(long).fitted(EVENT).1, Some(Change::Dropped));
        assert_eq!(Reply::Acknowledge.fitted(EVENT), (Reply::Acknowledge, None));
    }

    #[test]
    fn a_message_gets_one_article_and_an_event_eight() {
        let many = |count| Reply::from(vec![article("t"); count]);
        assert_eq!(many(3).fitted(MESSAGE), (many(1), Some(Change::Cut)));
        assert_eq!(many(9).fitted(EVENT), (many(8), Some(Change::Cut)));
        assert_eq!(many(8).fitted(EVENT), (many(8), None));
        let one_empty = Reply::from(vec![article(""), article("t")]);
        assert_eq!(one_empty.fitted(MESSAGE), (many(1), Some(Change::Cut)));
        let long = Reply::from(article(&"t".repeat(5000))).fitted(EVENT).0;
        assert!(long.render("oA", "gh_1", 1).len() < 2400);
    }

    #[test]
    fn what_takes_no_answer_gets_none() {
        assert_eq!(
            Reply::from("bye").fitted(Answerable::Never),
            (Reply::Acknowledge, None)
        );
    }

    #[test]
    fn messages_are_handed_over_and_events_are_not() {
        let agent = Reply::TransferCustomerService { kf_account: None };
        for transfer in [agent, Reply::TransferAi] {
            for message in [MESSAGE, Answerable::Articles(8)] {
                assert_eq!(transfer.clone().fitted(message), (transfer.clone(), None));
            }
            assert_eq!(transfer.fitted(EVENT), (Reply::Acknowledge, None));
        }
    }
}
