//! Faults of rules with one condition and a reply.

/// A text, where its one fault stands, and how the reason begins.
pub(super) const FAULTS: &[(&str, &str, &str)] = &[
    // Answers that nobody would see.
    (
        "[[rule]]\nevent = 'Unsubscribe'\nreply = 'bye'",
        "3:9",
        "event: unsubscribe takes no answer",
    ),
    (
        "[[rule]]\nkeyword = 'a'\narticles = [{ title = '1' }, { title = '2' }]",
        "3:12",
        "articles: a message can be answered with one article, and 2 are given",
    ),
    // What is missing is told at the rule, what is too much at the second.
    (
        "\n[[rule]]\ntext = 'a'",
        "2:1",
        "one of reply, articles, replies, transfer, transfer_ai, forward, ask, run, tag, untag is needed",
    ),
    (
        "[[rule]]\nreply = 'a'",
        "1:1",
        "one of text, keyword, regex, kind, event, click, scene, view, menu_id, recognition, during, tagged, any is needed",
    ),
    (
        "[[rule]]\nreply = 'c'\ntext = 'a'\nkeyword = 'b'",
        "4:11",
        "keyword: can never fit beside text",
    ),
    (
        "[[rule]]\nany = true\nreply = 'c'\narticles = [{ title = '1' }]",
        "4:12",
        "only one of reply",
    ),
    // Names that are not known.
    (
        "[[rule]]\nkeywrd = 'a'\nreply = 'b'",
        "2:1",
        "unknown field 'keywrd'; did you mean 'keyword'?",
    ),
    (
        "[[rule]]\ntext = 'a'\nanswer = 'b'",
        "3:1",
        "unknown field 'answer'; known are text, keyword",
    ),
    (
        "[[rules]]\ntext = 'a'",
        "1:3",
        "unknown field 'rules'; did you mean 'rule'?",
    ),
    ("[rule]\ntext = 'a'", "1:1", "a rule is written [[rule]]"),
    (
        "[[rule]]\naccount = 'dmo'\nany = true\nreply = 'b'",
        "2:11",
        "unknown account 'dmo'; did you mean 'demo'?",
    ),
    (
        "[[rule]]\naccount = 'a/b'\nany = true\nreply = 'b'",
        "2:11",
        "account: must be",
    ),
    (
        "[[rule]]\nevent = 'subscrib'\nreply = 'b'",
        "2:9",
        "unknown event 'subscrib'; did you mean 'subscribe'? If WeChat",
    ),
    (
        "[[rule]]\nevent = 'hologram'\nreply = 'b'",
        "2:9",
        "unknown event 'hologram'. If WeChat has added it, write allow_unknown = true",
    ),
    (
        "[[rule]]\ntext = 'a'\nallow_unknown = true\nreply = 'b'",
        "3:17",
        "allow_unknown stands beside event or kind alone",
    ),
    (
        "[[rule]]\ntext = 'a'\nforward = 'orders'",
        "3:11",
        "forward: 'orders' must begin with 'wechat-handler-'",
    ),
    (
        "[[rule]]\ntext = 'a'\nforward = '../x'",
        "3:11",
        "forward: must be a function's name",
    ),
    // Values of another type, and patterns that are none.
    (
        "[[rule]]\ntext = 1\nreply = 'b'",
        "2:8",
        "'text' must be a string or an array of strings, not integer",
    ),
    (
        "[[rule]]\nany = false\nreply = 'b'",
        "2:7",
        "'any' can only be true",
    ),
    ("[[rule]]\nregex = '('\nreply = 'c'", "2:9", "regex: "),
    ("[[rule]]\n中 = 1", "2:1", "invalid unquoted key"),
    (
        "[[rule]]\ntext = 'a\nreply = 'b'",
        "2:10",
        "invalid literal string",
    ),
    // What no push can fit.
    (
        "[[rule]]\ntext = ' '\nreply = 'b'",
        "2:8",
        "text: must not be empty",
    ),
    (
        "[[rule]]\ntext = ' ping'\nreply = 'b'",
        "2:8",
        "text: can never fit, for blanks",
    ),
    (
        "[[rule]]\nkeyword = ''\nreply = 'b'",
        "2:11",
        "keyword: must not be empty",
    ),
    (
        "[[rule]]\nclick = ''\nreply = 'b'",
        "2:9",
        "click: must not be empty",
    ),
    // Replies, to the field.
    (
        "[[rule]]\ntext = 'a'\nreply = ''",
        "3:9",
        "content: must not be empty",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = 1",
        "3:9",
        "'reply' must be a string or a table",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = { kind = 'imag', media_id = 'x' }",
        "3:18",
        "unknown kind of reply 'imag'; did you mean 'image'?",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = { media_id = 'x' }",
        "3:9",
        "a reply that is a table needs 'kind'",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = { kind = 'image', mediaid = 'x' }",
        "3:27",
        "unknown field 'mediaid'; did you mean 'media_id'?",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = { kind = 'image' }",
        "3:9",
        "missing field `media_id`",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = { kind = 'image', media_id = '' }",
        "3:38",
        "media_id: must not be empty",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = { kind = 'voice', media_id = 7 }",
        "3:38",
        "'media_id' must be a string",
    ),
    (
        "[[rule]]\ntext = 'a'\narticles = [{ title = 'x', link = 'y' }]",
        "3:28",
        "unknown field 'link'; known are title",
    ),
    (
        "[[rule]]\ntext = 'a'\narticles = 'x'",
        "3:12",
        "'articles' must be an array of tables",
    ),
    (
        "[[rule]]\nevent = 'scan'\narticles = [{ title = 'x' }, { title = '' }]",
        "3:40",
        "articles.title: must not be empty",
    ),
    (
        "[[rule]]\nevent = 'scan'\narticles = []",
        "3:12",
        "articles: must be 1 to 8",
    ),
];
