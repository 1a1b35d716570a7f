//! The turns of a conversation.

use super::Question;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What the row may hold, in bytes: a quarter of what DynamoDB takes.
const MOST: usize = 100_000;
/// What is kept of one side of a turn, in bytes.
const SIDE: usize = 20_000;

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// A mark of the push: a push that is run again replaces its turn.
    pub push: String,
    /// When it was asked.
    #[serde(rename = "at_ms")]
    pub at: Timestamp,
    pub question: String,
    pub answer: String,
}

/// What is kept of a conversation, the oldest turn first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    turns: Vec<Turn>,
    /// When the follower had it forgotten.
    #[serde(rename = "reset_ms")]
    reset: Timestamp,
    pub(crate) version: u64,
}

impl Memory {
    /// The memory with one more turn, of which the last `most` stay, 100 KB at most. What was asked
    /// before the follower had everything forgotten stays forgotten.
    #[must_use]
    pub fn with(&self, turn: Turn, most: u16) -> Self {
        let mut next = self.next();
        next.turns.retain(|kept| kept.push != turn.push);
        if turn.at > self.reset {
            let place = next.turns.partition_point(|kept| kept.at <= turn.at);
            next.turns.insert(place, turn.cut());
        }
        let sizes = next.turns.iter().rev().scan(0, |sum, turn| {
            *sum += turn.size();
            Some(*sum)
        });
        let stay = sizes
            .take(most.into())
            .take_while(|sum| *sum <= MOST)
            .count();
        next.turns.drain(..next.turns.len() - stay);
        next
    }

    /// The memory without what was asked before `now`.
    #[must_use]
    pub fn forgotten(&self, now: Timestamp) -> Self {
        let mut next = self.next();
        next.reset = self.reset.max(now);
        next.turns.retain(|turn| turn.at > next.reset);
        next
    }

    fn next(&self) -> Self {
        Self {
            version: self.version + 1,
            ..self.clone()
        }
    }
}

impl Turn {
    fn size(&self) -> usize {
        self.push.len() + self.question.len() + self.answer.len()
    }

    fn cut(mut self) -> Self {
        for side in [&mut self.question, &mut self.answer] {
            side.truncate(side.floor_char_boundary(SIDE));
        }
        self
    }
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    System,
    User,
    Assistant,
}

/// A message of a chat-completions request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    pub role: Role,
    pub content: Content,
}

/// What is said in a message: words, or words and pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Content {
    Text(String),
    Parts(Vec<Part>),
}

/// A part of what is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    Text { text: String },
    ImageUrl { image_url: Picture },
}

/// Where a picture can be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Picture {
    pub url: String,
}

impl Message {
    fn of(role: Role, text: &str) -> Self {
        let content = Content::Text(text.to_owned());
        Self { role, content }
    }
}

/// What an assistant is told: `system` unless it is empty, the last `most` turns but the one of that
/// `push`, the question.
pub fn messages(
    system: &str,
    memory: &Memory,
    most: u16,
    push: &str,
    question: &Question,
) -> Vec<Message> {
    let others = memory.turns.iter().filter(|turn| turn.push != push);
    let mut turns: Vec<&Turn> = others.rev().take(most.into()).collect();
    turns.reverse();
    let told = turns.into_iter().flat_map(|turn| {
        [
            Message::of(Role::User, &turn.question),
            Message::of(Role::Assistant, &turn.answer),
        ]
    });
    let system = Some(system).filter(|system| !system.is_empty());
    let system = system.map(|system| Message::of(Role::System, system));
    system
        .into_iter()
        .chain(told)
        .chain([ask(question)])
        .collect()
}

fn ask(question: &Question) -> Message {
    let text = question.text.clone();
    let content = match &question.picture {
        None => Content::Text(text),
        Some(url) => {
            let image_url = Picture { url: url.clone() };
            Content::Parts(vec![Part::Text { text }, Part::ImageUrl { image_url }])
        }
    };
    Message {
        role: Role::User,
        content,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{json, to_value};

    fn turn(push: &str, at: i64, answer: &str) -> Turn {
        Turn {
            push: push.into(),
            at: Timestamp::from_millis(at),
            question: format!("问{push}"),
            answer: answer.into(),
        }
    }

    fn pushes(memory: &Memory) -> Vec<&str> {
        memory.turns.iter().map(|turn| turn.push.as_str()).collect()
    }

    #[test]
    fn a_turn_is_there_once_in_its_place() {
        let memory = Memory::default().with(turn("b", 2, "乙"), 10);
        let memory = memory.with(turn("c", 3, "丙"), 10);
        let memory = memory.with(turn("a", 1, "甲"), 10);
        let again = memory.with(turn("b", 2, "又"), 10);
        assert_eq!(pushes(&again), ["a", "b", "c"]);
        assert_eq!(again.turns[1].answer, "又");
        assert_eq!(again.version, 4);
        assert_eq!(pushes(&again.with(turn("d", 4, "丁"), 2)), ["c", "d"]);
        assert_eq!(pushes(&again.with(turn("d", 4, "丁"), 0)), [""; 0]);
    }

    #[test]
    fn what_was_asked_before_a_reset_does_not_come_back() {
        let memory = Memory::default().with(turn("a", 1, "甲"), 10);
        let memory = memory.forgotten(Timestamp::from_millis(5));
        let memory = memory.with(turn("slow", 4, "晚"), 10);
        assert_eq!(pushes(&memory), [""; 0]);
        let memory = memory.with(turn("b", 6, "乙"), 10);
        let again = memory.forgotten(Timestamp::from_millis(5));
        assert_eq!(pushes(&again), ["b"]);
    }

    #[test]
    fn the_row_stays_small() {
        let long = "长".repeat(400_000);
        let memory = (0..50).fold(Memory::default(), |memory, n| {
            memory.with(turn(&n.to_string(), n, &long), 50)
        });
        assert_eq!(
            pushes(&memory),
            ["46", "47", "48", "49"].map(|n| n).as_slice()
        );
        assert!(memory.turns.iter().map(Turn::size).sum::<usize>() <= MOST);
        assert!(memory.turns.iter().all(|turn| turn.answer.len() == 19_998));
    }

    #[test]
    fn an_assistant_is_told_the_last_turns_and_the_question() {
        let memory = (1..=3).fold(Memory::default(), |memory, n| {
            memory.with(turn(&n.to_string(), n, "答"), 10)
        });
        let question = Question {
            text: "四".into(),
            picture: None,
        };
        assert_eq!(
            to_value(messages("你是客服", &memory, 1, "4", &question)).unwrap(),
            json!([
                {"role": "system", "content": "你是客服"},
                {"role": "user", "content": "问3"},
                {"role": "assistant", "content": "答"},
                {"role": "user", "content": "四"},
            ])
        );
        // Run again, its own turn is not told.
        let again = messages("", &memory, 10, "3", &question);
        assert_eq!(again.len(), 5);
        let picture = Question {
            text: "看".into(),
            picture: Some("http://p".into()),
        };
        assert_eq!(
            to_value(messages("", &Memory::default(), 10, "1", &picture)).unwrap(),
            json!([{"role": "user", "content": [
                {"type": "text", "text": "看"},
                {"type": "image_url", "image_url": {"url": "http://p"}},
            ]}])
        );
    }
}
