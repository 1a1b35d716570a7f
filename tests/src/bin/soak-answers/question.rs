//! One question: what is asked, and what the phone shows of its answer. Every second one is for a function, which says
//! all at once; the others are for the simulated assistant, which takes the same time to say it word by word.

use crate::Cli;
use platform::{PushRequest, State};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// The classes of accounts.
pub(crate) const CLASSES: [&str; 4] = [
    "service, verified",
    "service, unverified",
    "subscription, verified",
    "subscription, unverified",
];
/// An answer that is not whole by then is lost.
const LOST: Duration = Duration::from_secs(900);
/// How long a user waits for messages before writing again.
const PAUSE: Duration = Duration::from_secs(3);
/// Bytes of a line of an answer.
const LINE: usize = 40;
/// Letters of the mark in a sentence of the simulated assistant, and of all of it, without its number.
const MARK: usize = 6;
const SENTENCE: usize = 19;

/// A question, which says what its answer is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    number: u32,
    bytes: usize,
    pub(crate) delay: Duration,
}

/// What the phone showed of an answer.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) number: u32,
    pub(crate) class: usize,
    pub(crate) is_whole: bool,
    pub(crate) is_ordered: bool,
    pub(crate) is_too_long: bool,
    /// Messages the user wrote after the question.
    pub(crate) written: u32,
    /// Times the phone said that the account failed.
    pub(crate) notices: usize,
    /// Lines on the phone, in their order.
    pub(crate) seen: Vec<u32>,
    /// Lines of the answer.
    pub(crate) lines: usize,
}

/// The accounts file, for an assistant at that address.
pub(crate) fn accounts(simulated: SocketAddr) -> String {
    let account = |(n, class): (usize, &&str)| {
        let (kind, class) = class.split_once(", ").unwrap_or_default();
        format!(
            "[accounts.class{n}]\napp_id = \"{}\"\noriginal_id = \"gh_class{n}0000000\"\nkind = \"{kind}\"\n\
             class = \"{class}\"\napp_secret = \"0123456789abcdef0123456789abcdef\"\ntoken = \"soaktoken\"\n\
             mode = \"plain\"\npace = {{ per_minute = 60000, lanes = 16 }}\n\
             assistants = {{ helper = {{ url = \"http://{simulated}/assistant/v1/chat/completions\", model = \"m\", memory = 0 }} }}\n",
            app_id(n)
        )
    };
    CLASSES.iter().enumerate().map(account).collect()
}

fn app_id(class: usize) -> String {
    format!("wx00000000000000c{class}")
}

impl Question {
    pub(crate) fn any(number: u32, cli: &Cli, chance: &mut fastrand::Rng) -> Self {
        Self {
            number,
            bytes: chance.usize(10..=cli.longest.max(10)),
            delay: Duration::from_millis(chance.u64(1_000..=cli.slowest_s * 1_000)),
        }
    }

    /// Reads what was asked.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ').skip(1).map(str::parse::<u32>);
        let mut next = || words.next()?.ok();
        Some(Self {
            number: next()?,
            bytes: next()? as usize,
            delay: Duration::from_millis(next()?.into()),
        })
    }

    fn is_dictated(&self) -> bool {
        self.number as usize / CLASSES.len() % 2 == 1
    }

    fn text(&self) -> String {
        let (ms, seconds) = (self.delay.as_millis(), self.delay.as_secs());
        match self.is_dictated() {
            false => format!("ask {} {} {ms}", self.number, self.bytes),
            true => format!("用 {seconds} 秒写 {} 字", self.letters()),
        }
    }

    fn letters(&self) -> usize {
        (self.bytes / 3).max(MARK)
    }

    /// How many marks the answer has.
    fn lines(&self) -> usize {
        if !self.is_dictated() {
            return (self.bytes / LINE).max(1);
        }
        let mut letters = 0;
        for n in 1.. {
            let number = n.to_string().len();
            if letters + number + MARK > self.letters() {
                return n - 1;
            }
            letters += number + SENTENCE + if n % 5 == 0 { 2 } else { 0 };
        }
        0
    }

    /// Lines that show what is missing, doubled or out of order, in characters of up to four bytes.
    pub(crate) fn answer(&self) -> String {
        let mark = |line: usize| format!("[{}.{line}]不积跬步，无以至千里😀。\n", self.number);
        (0..self.lines()).map(mark).collect()
    }

    /// Asks, and writes again until the answer is whole.
    pub(crate) async fn ask(self, wechat: Arc<State>) -> Read {
        let (begun, mut written) = (Instant::now(), 0);
        self.write(&wechat, &self.text()).await;
        loop {
            tokio::time::sleep(PAUSE).await;
            let read = self.read(&wechat, written);
            if read.is_whole || !read.is_ordered || begun.elapsed() > LOST {
                return read;
            }
            written += 1;
            self.write(&wechat, "继续").await;
        }
    }

    async fn write(&self, wechat: &State, text: &str) {
        let push = json!({ "kind": "text", "content": text, "from": self.user() });
        let fields = push.as_object().cloned().unwrap_or_default();
        let request = PushRequest::new(app_id(self.class()), fields);
        // What came of it is on the phone.
        drop(wechat.push(request).await);
    }

    /// Each question has a user of its own: what the phone shows is of this answer alone.
    fn user(&self) -> String {
        format!("oSoakAnswers{:016}", self.number)
    }

    fn class(&self) -> usize {
        self.number as usize % CLASSES.len()
    }

    fn read(&self, wechat: &State, written: u32) -> Read {
        let shown = wechat
            .phone(&app_id(self.class()), &self.user())
            .unwrap_or_default();
        let texts: Vec<String> = shown.iter().map(|shown| text(&shown.message)).collect();
        let seen: Vec<u32> = texts.iter().flat_map(|text| self.marks(text)).collect();
        Read {
            number: self.number,
            class: self.class(),
            is_whole: seen.len() >= self.lines(),
            is_ordered: seen.iter().enumerate().all(|(n, mark)| n as u32 == *mark),
            is_too_long: texts
                .iter()
                .any(|text| text.len() > 2_048 || text.contains('\u{fffd}')),
            written,
            notices: shown
                .iter()
                .filter(|shown| shown.source == "error_notice")
                .count(),
            lines: self.lines(),
            seen,
        }
    }

    fn marks(&self, text: &str) -> Vec<u32> {
        let of_function = format!("[{}.", self.number);
        let (begins, ends, first) = match self.is_dictated() {
            false => (of_function.as_str(), "]", 0),
            true => ("这是第 ", " 句", 1),
        };
        let marks = text.split(begins).skip(1);
        let mark = |rest: &str| {
            rest.split_once(ends)?
                .0
                .parse::<u32>()
                .ok()?
                .checked_sub(first)
        };
        marks.filter_map(mark).collect()
    }
}

fn text(message: &Value) -> String {
    let text = message["text"]["content"]
        .as_str()
        .or(message["content"].as_str());
    text.unwrap_or_default().to_owned()
}
