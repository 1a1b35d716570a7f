//! Faults of conditions, and of answers that nobody would see.

/// A text, where its one fault stands, and how the reason begins.
pub(super) const FAULTS: &[(&str, &str, &str)] = &[
    // Answers that nobody would see, whatever leads there.
    (
        "[[rule]]\nview = '*'\nreply = 'b'",
        "3:9",
        "event: view takes no answer",
    ),
    (
        "[[rule]]\nevent = ['subscribe', 'unsubscribe']\nreply = 'b'",
        "3:9",
        "event: unsubscribe takes no answer",
    ),
    (
        "[[rule]]\nevent = 'VIEW'\nreplies = [{ kind = 'acknowledge' }, 'b']\npick = 'random'",
        "3:38",
        "event: view takes no answer",
    ),
    (
        "[[rule]]\nevent = 'VIEW'\nreply = 'b'\nforward = 'wechat-handler-a'",
        "3:9",
        "event: view takes no answer",
    ),
    (
        "[[rule]]\nevent = 'VIEW'\nforward = 'wechat-handler-a'\nfallback = 'b'",
        "4:12",
        "event: view takes no answer",
    ),
    (
        "[[rule]]\nkind = ['file', 'image']\narticles = [{ title = '1' }, { title = '2' }]",
        "3:12",
        "articles: a message can be answered with one article",
    ),
    (
        "[[rule]]\nscene = '*'\ntransfer = true",
        "3:12",
        "transfer: only messages are handed over",
    ),
    (
        "[[rule]]\nclick = 'AI'\ntransfer_ai = true",
        "3:15",
        "transfer: only messages are handed over",
    ),
    // What cannot hold together.
    (
        "[[rule]]\nclick = 'A'\ntext = 'a'\nreply = 'b'",
        "3:8",
        "text: can never fit beside click",
    ),
    (
        "[[rule]]\nkind = 'image'\nkeyword = 'a'\nreply = 'b'",
        "3:11",
        "keyword: can never fit beside kind",
    ),
    (
        "[[rule]]\nkind = 'voice'\nevent = 'SCAN'\nreply = 'b'",
        "3:9",
        "event: can never fit beside kind",
    ),
    (
        "[[rule]]\nevent = 'click'\nscene = '1'\nreply = 'b'",
        "3:9",
        "scene: can never fit beside event",
    ),
    (
        "[[rule]]\nrecognition = 'a'\nmenu_id = '1'\nreply = 'b'",
        "3:11",
        "menu_id: can never fit beside recognition",
    ),
    (
        "[[rule]]\nregex = '^\\d+$'\ntext = ['价格', '地址']\nreply = 'b'",
        "3:8",
        "text: can never fit beside regex",
    ),
    (
        "[[rule]]\nexact = true\ntext = 'A'\nregex = 'a'\nreply = 'b'",
        "4:9",
        "regex: can never fit beside text",
    ),
    (
        "[[rule]]\nany = true\nkeyword = 'a'\nreply = 'b'",
        "2:7",
        "any: fits every push",
    ),
    (
        "[[rule]]\nkeyword = 'a'\nexact = true\nreply = 'b'",
        "3:9",
        "exact stands beside text alone",
    ),
    // Conditions that no push fits, or that are none.
    (
        "[[rule]]\ntext = []\nreply = 'b'",
        "2:8",
        "text: must not be empty",
    ),
    (
        "[[rule]]\ntext = ['a', ' b']\nreply = 'b'",
        "2:14",
        "text: can never fit, for blanks",
    ),
    (
        "[[rule]]\nkeyword = ['a', 1]\nreply = 'b'",
        "2:11",
        "'keyword' must be a string or an array of strings",
    ),
    (
        "[[rule]]\nmenu_id = 101\nreply = 'b'",
        "2:11",
        "'menu_id' must be a string or an array of strings, not integer",
    ),
    (
        "[[rule]]\nkind = 'imgae'\nreply = 'b'",
        "2:8",
        "unknown kind 'imgae'; did you mean 'image'? If WeChat",
    ),
    (
        "[[rule]]\nkind = 'event'\nallow_unknown = true\nreply = 'b'",
        "2:8",
        "kind: names messages; an event is named with event",
    ),
    (
        "[[rule]]\nscene = 'qrscene_7*'\nreply = 'b'",
        "2:9",
        "scene: write '7*', without",
    ),
    (
        "[[rule]]\nduring = '9-18'\nany = true\nreply = 'b'",
        "2:10",
        "during: must be as in '09:00-18:00' or '09:00-18:00 Asia/Shanghai': '9' must be a time",
    ),
    (
        "[[rule]]\nduring = '09:00-18:00 Asia/Shangai'\nany = true\nreply = 'b'",
        "2:10",
        "during: must be as in '09:00-18:00' or '09:00-18:00 Asia/Shanghai': time_zone: 'Asia/Shangai' is no IANA",
    ),
    (
        "[[rule]]\nduring = '09:00-09:00'\nany = true\nreply = 'b'",
        "2:10",
        "during: must be as in '09:00-18:00' or '09:00-18:00 Asia/Shanghai': from and to must differ",
    ),
    (
        "[[rule]]\nduring = '24:00-06:00'\nany = true\nreply = 'b'",
        "2:10",
        "during: must be",
    ),
    (
        "[[rule]]\nduring = ''\nany = true\nreply = 'b'",
        "2:10",
        "during: must be",
    ),
];
