//! What is known of followers beside what they push: their tags and remark, and whether an agent is there for them.
//!
//! WeChat tells no nicknames since 2021-12-27
//! (<https://developers.weixin.qq.com/doc/offiaccount/User_Management/Get_users_basic_information_UnionID.html>).

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// How long what WeChat told of a follower counts as new.
const FRESH: Duration = Duration::from_secs(600);
/// How long it is kept: for so long it stands when WeChat cannot be asked, and no mark undoes a later one.
pub const KEEP: Duration = Duration::from_secs(86_400);
/// How long it counts who is at work.
pub const AT_WORK: Duration = Duration::from_secs(30);

/// A tag as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TagRef {
    /// Its id at WeChat.
    Id(u32),
    /// Its name, letter for letter.
    Name(String),
}

impl fmt::Display for TagRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Name(name) => write!(f, "'{name}'"),
        }
    }
}

/// A tag of the account's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    pub id: u32,
    /// Empty where it is not known.
    #[serde(default)]
    pub name: String,
}

impl Tag {
    /// Whether people mean this one.
    pub fn is(&self, written: &TagRef) -> bool {
        match written {
            TagRef::Id(id) => *id == self.id,
            TagRef::Name(name) => *name == self.name,
        }
    }
}

/// What a rule does to the tags of whoever sent a push.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Given; made where the account has none of that name.
    #[serde(default)]
    pub tag: Vec<TagRef>,
    /// Taken away.
    #[serde(default)]
    pub untag: Vec<TagRef>,
}

impl Marks {
    /// Whether nothing is done.
    pub fn is_empty(&self) -> bool {
        self.tag.is_empty() && self.untag.is_empty()
    }
}

/// The row of a follower.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follower {
    #[serde(default)]
    pub version: u64,
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// What the account's people call them (备注名); may be empty.
    #[serde(default)]
    pub remark: String,
    /// When WeChat was asked; 0 for never.
    #[serde(rename = "at_ms", default)]
    pub at: Timestamp,
    #[serde(default)]
    marked: Vec<Marked>,
}

/// When a rule was last asked to do something about a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Marked {
    id: u32,
    #[serde(rename = "asked_ms")]
    asked: Timestamp,
}

impl Follower {
    /// Whether it is not worth to ask WeChat anew.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.at + FRESH > now
    }

    /// Whether it still stands when WeChat cannot be asked.
    pub fn stands(&self, now: Timestamp) -> bool {
        self.at + KEEP > now
    }

    /// With what WeChat told when it was asked at `at`.
    #[must_use]
    pub fn renewed(&self, tags: Vec<Tag>, remark: String, at: Timestamp) -> Self {
        Self {
            version: self.version + 1,
            tags,
            remark,
            at,
            marked: self.marked.clone(),
        }
    }

    /// With a note that a push of `asked` wants something done about these tags, unless a later one does.
    #[must_use]
    pub fn asked(&self, ids: &[u32], asked: Timestamp, now: Timestamp) -> Self {
        let notes = |id: &u32| ids.contains(id) && !self.is_overtaken(*id, asked);
        let mut next = self.clone();
        next.version += 1;
        next.marked
            .retain(|known| known.asked + KEEP > now && !notes(&known.id));
        let noted = ids.iter().copied().filter(notes);
        next.marked.extend(noted.map(|id| Marked { id, asked }));
        next
    }

    /// Whether a later push than that of `asked` wants something done about the tag: what is tried again must not undo
    /// what came after it.
    pub fn is_overtaken(&self, id: u32, asked: Timestamp) -> bool {
        let is_later = |known: &Marked| known.id == id && known.asked > asked;
        self.marked.iter().any(is_later)
    }

    /// With tags that were given and taken away.
    #[must_use]
    pub fn marked(&self, tagged: &[Tag], untagged: &[u32]) -> Self {
        let mut next = self.clone();
        next.version += 1;
        let changed = |id| untagged.contains(&id) || tagged.iter().any(|tag| tag.id == id);
        next.tags.retain(|tag| !changed(tag.id));
        next.tags.extend_from_slice(tagged);
        next
    }
}

/// Whether an account's agents are at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agents {
    /// Whether one of them is online.
    pub online: bool,
    /// When WeChat was asked.
    #[serde(rename = "at_ms")]
    pub at: Timestamp,
}

impl Agents {
    /// Whether it is not worth to ask WeChat anew.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.at + AT_WORK > now
    }
}

/// What rules want to know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Needs {
    pub follower: bool,
    pub agents: bool,
}

impl Needs {
    /// Whether they want to know nothing.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            follower: self.follower || other.follower,
            agents: self.agents || other.agents,
        }
    }
}

/// What is known; what is `None` is not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Known {
    pub follower: Option<Follower>,
    pub agents: Option<Agents>,
}

impl Known {
    /// Nothing.
    pub const NOTHING: &Self = &Self {
        follower: None,
        agents: None,
    };

    /// What of it is missing.
    pub fn lacks(&self, needs: Needs) -> Needs {
        Needs {
            follower: needs.follower && self.follower.is_none(),
            agents: needs.agents && self.agents.is_none(),
        }
    }

    /// Whether the follower is known to have one of the tags.
    pub fn is_tagged(&self, written: &[TagRef]) -> bool {
        let tags = self.follower.iter().flat_map(|follower| &follower.tags);
        let is_one = |tag: &Tag| written.iter().any(|written| tag.is(written));
        tags.into_iter().any(is_one)
    }

    /// What the account's people call the follower; empty where they do not, or where it is not known.
    pub fn remark(&self) -> &str {
        let follower = self.follower.as_ref();
        follower.map_or("", |follower| follower.remark.trim())
    }

    /// Whether an agent is known to be online.
    pub fn is_agent_online(&self) -> bool {
        self.agents.is_some_and(|agents| agents.online)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ms;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn tag(id: u32, name: &str) -> Tag {
        let name = name.to_owned();
        Tag { id, name }
    }

    #[test]
    fn what_is_tried_again_undoes_nothing_that_came_after_it() {
        let later = NOW + ms(2_000);
        let row = Follower::default().asked(&[100, 101], NOW, NOW);
        let row = row.asked(&[101], later, NOW);
        let again = row.asked(&[100, 101], NOW, NOW + ms(60_000));
        let overtaken = |id| again.is_overtaken(id, NOW);
        assert_eq!([100, 101, 102].map(overtaken), [false, true, false]);
        assert!(!again.is_overtaken(101, later), "its own repeat");
        let row = again.asked(&[102], NOW + KEEP, later + KEEP);
        assert_eq!(row.marked.len(), 1, "what is a day old is forgotten");
        assert_eq!(row.version, 4);
    }

    #[test]
    fn tags_change_without_a_question_to_wechat() {
        let row = Follower::default().renewed(vec![tag(1, "a"), tag(2, "b")], "x".into(), NOW);
        let row = row.marked(&[tag(3, "c"), tag(1, "a")], &[2, 9]);
        let known = Known {
            follower: Some(row),
            agents: None,
        };
        let has = |name: &str| known.is_tagged(&[TagRef::Name(name.to_owned())]);
        assert!(has("a") && !has("b") && has("c") && !has("A"));
        assert!(known.is_tagged(&[TagRef::Id(7), TagRef::Id(3)]) && !known.is_tagged(&[]));
        assert_eq!(known.follower.as_ref().unwrap().tags.len(), 2);
        assert!(!Known::NOTHING.is_tagged(&[TagRef::Id(3)]));
    }

    #[test]
    fn what_is_known_grows_old() {
        let row = Follower::default().renewed(Vec::new(), String::new(), NOW);
        assert!(row.is_fresh(NOW + ms(599_999)) && !row.is_fresh(NOW + FRESH));
        assert!(row.stands(NOW + FRESH) && !row.stands(NOW + KEEP));
        assert!(!Follower::default().stands(NOW), "never asked");
        let agents = Agents {
            online: true,
            at: NOW,
        };
        assert!(agents.is_fresh(NOW) && !agents.is_fresh(NOW + AT_WORK));
    }
}
