//! Faults of what happens.

/// A text, where its one fault stands, and how the reason begins.
pub(super) const FAULTS: &[(&str, &str, &str)] = &[
    // Names in braces.
    (
        "[[rule]]\ntext = 'a'\nreply = '现在 {{tiem}}'",
        "3:13",
        "unknown name in braces 'tiem'; did you mean 'time'?",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = '{{time}} {{昵称}}'",
        "3:19",
        "unknown name in braces '昵称'; known are openid, account, time, date, nickname, remark",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = '{{nickname|同学}} {{time|早}}'",
        "3:26",
        "{{time|早}}: is always known",
    ),
    (
        "[[rule]]\ntext = 'a'\narticles = [{ title = 'x', url = 'https://example.com/{{open_id}}' }]",
        "3:55",
        "unknown name in braces 'open_id'; did you mean 'openid'?",
    ),
    (
        "[[rule]]\ntext = 'a'\nforward = 'wechat-handler-a'\nfallback = '{{now}}'",
        "4:13",
        "unknown name in braces 'now'",
    ),
    // What happens.
    (
        "[[rule]]\ntext = 'a'\nreplies = ['b', 'c']",
        "3:11",
        "replies: say which is given",
    ),
    (
        "[[rule]]\ntext = 'a'\nreplies = ['b', 'c']\npick = 'all'\nforward = 'wechat-handler-a'",
        "4:8",
        "pick: 'all' of them cannot stand beside forward",
    ),
    (
        "[[rule]]\ntext = 'a'\nreplies = ['1', '2', '3', '4', '5', '6']\npick = 'all'",
        "3:11",
        "replies: at most 5 are given at once",
    ),
    (
        "[[rule]]\ntext = 'a'\nreplies = ['1', { kind = 'transfer_customer_service' }]\npick = 'all'",
        "3:17",
        "replies: who is handed over gets no other reply",
    ),
    (
        "[[rule]]\ntext = 'a'\nreplies = ['1', { kind = 'acknowledge' }]\npick = 'all'",
        "3:17",
        "replies: nothing is no message",
    ),
    (
        "[[rule]]\nclick = 'a'\nreplies = ['1', { kind = 'news', articles = [{ title = '1' }, { title = '2' }] }]\npick = 'all'",
        "3:17",
        "articles: a message has one article",
    ),
    (
        "[[rule]]\ntext = 'a'\nreplies = ['b', 'c']\npick = 'rnd'",
        "4:8",
        "unknown pick 'rnd'; known are random, all",
    ),
    (
        "[[rule]]\ntext = 'a'\nreplies = ['b']\npick = 'random'",
        "3:11",
        "'replies' must be an array of two or more replies",
    ),
    (
        "[[rule]]\ntext = 'a'\nreplies = ['b', '']\npick = 'random'",
        "3:17",
        "content: must not be empty",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = 'b'\npick = 'random'",
        "4:8",
        "pick stands beside replies alone",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = 'b'\nfallback = 'c'",
        "4:12",
        "fallback stands beside forward, ask or run alone",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = 'b'\nai = true",
        "4:6",
        "ai stands beside forward, ask or run alone",
    ),
    (
        "[[rule]]\ntext = 'a'\nforward = 'wechat-handler-a'\nask = 'helper'",
        "4:7",
        "only one of forward, ask, run may be given",
    ),
    (
        "[[rule]]\ntext = 'a'\nrun = 'membr'",
        "3:7",
        "unknown handler 'membr'; did you mean 'member'? (they stand in functions/forward/src/handlers/list.rs)",
    ),
    (
        "[[rule]]\ntext = 'a'\nrun = 'a b'",
        "3:7",
        "run: must be a handler's name",
    ),
    (
        "[[rule]]\ntext = 'a'\ntransfer = true\nrun = 'member'",
        "4:7",
        "run: nobody would see its answer",
    ),
    (
        "[[rule]]\ntext = 'a'\ntransfer = true\nask = 'helper'",
        "4:7",
        "ask: nobody would see its answer",
    ),
    (
        "[[rule]]\ntext = 'a'\nask = 'helpr'",
        "3:7",
        "unknown assistant 'helpr'; did you mean 'helper'?",
    ),
    (
        "[[rule]]\ntext = 'a'\nask = 'a/b'",
        "3:7",
        "ask: must be an assistant's name",
    ),
    (
        "[[rule]]\ntext = 'a'\nforward = 'http://www.example.com/'",
        "3:11",
        "forward: an address must begin with https://",
    ),
    (
        "[[rule]]\ntext = 'a'\ntransfer = 'anna'",
        "3:12",
        "transfer: must be true, \"online\", or an agent's whole name",
    ),
    (
        "[[rule]]\ntext = 'a'\ntransfer = 'online'",
        "3:12",
        "transfer: beside \"online\" stands fallback",
    ),
    (
        "[[rule]]\ntext = 'a'\ntransfer = true\nfallback = 'b'",
        "4:12",
        "fallback stands beside forward, ask or run alone",
    ),
    (
        "[[rule]]\nclick = 'a'\ntransfer = 'online'\nfallback = 'b'",
        "3:12",
        "transfer: only messages are handed over",
    ),
    (
        "[[rule]]\ntext = 'a'\ntransfer = { only_if_online = true }",
        "3:12",
        "transfer: must be true, \"online\", or an agent's whole name",
    ),
    (
        "[[rule]]\ntext = 'a'\ntransfer_ai = 'yes'",
        "3:15",
        "'transfer_ai' can only be true",
    ),
    (
        "[[rule]]\ntext = 'a'\nask = 'helper'\nmarkdown = 'html'",
        "4:12",
        "unknown markdown 'html'; known are keep, plain",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = 'b'\ncollect = 'frist'",
        "4:11",
        "unknown collect 'frist'; did you mean 'first'?",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = 'b'\ntag = ['vip', -1]",
        "4:15",
        "'tag' must be a tag's name, its id as a number",
    ),
    (
        "[[rule]]\ntext = 'a'\ntag = 'vip '",
        "3:7",
        "tag: a tag's name has 1 to 30 characters",
    ),
    (
        "[[rule]]\ntext = 'a'\ntag = ['vip', 'new']\nuntag = 'new'",
        "4:9",
        "untag: 'new' is given by tag",
    ),
    (
        "[[rule]]\nevent = 'unsubscribe'\nuntag = 'vip'",
        "3:9",
        "tag: who unsubscribed has no tags",
    ),
    (
        "[[rule]]\ntagged = []\nreply = 'b'",
        "2:10",
        "tagged: must not be empty",
    ),
    (
        "[[rule]]\ntagged = 1.5\nreply = 'b'",
        "2:10",
        "'tagged' must be a tag's name, its id as a number",
    ),
    (
        "[[rule]]\ntext = 'a'\nreply = 'b'\npublish = true",
        "4:11",
        "publish: pushes are not published by rules",
    ),
];
