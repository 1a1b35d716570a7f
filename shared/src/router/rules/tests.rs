use super::table::{ARTICLE, REPLIES};
use super::*;
use wechat_oa::callback::reply::Article;

const ACCOUNTS: [&str; 2] = ["demo", "shop"];

/// The faults of a text, `line:column: reason` in English.
fn faults(text: &str) -> Vec<String> {
    let around = Surroundings {
        accounts: Some(&ACCOUNTS),
        function_prefix: Some("wechat-handler-"),
    };
    let faults = match RulesFile::read("rules.toml", text.as_bytes(), &around) {
        Ok(_) => return Vec::new(),
        Err(error) => error.to_string(),
    };
    let english = |line: &str| {
        let (english, chinese) = line.split_once(" （").unwrap();
        assert!(!chinese.is_ascii(), "{line}");
        english.strip_prefix("rules.toml:").unwrap().to_owned()
    };
    faults.lines().map(english).collect()
}

/// A text, where its one fault stands, and how the reason begins.
const FAULTS: &[(&str, &str, &str)] = &[
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
        "one of reply, articles, forward is needed",
    ),
    (
        "[[rule]]\nreply = 'a'",
        "1:1",
        "one of text, keyword, regex, click, event, any is needed",
    ),
    (
        "[[rule]]\nreply = 'c'\ntext = 'a'\nkeyword = 'b'",
        "4:11",
        "only one of text, keyword",
    ),
    (
        "[[rule]]\nany = true\nreply = 'c'\nforward = 'wechat-handler-a'",
        "4:11",
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
        "allow_unknown stands beside event alone",
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
        "'text' must be a string, not integer",
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

#[test]
fn each_fault_is_told_where_it_stands() {
    for (text, at, reason) in FAULTS {
        let faults = faults(text);
        let [fault] = faults.as_slice() else {
            panic!("{text}: {faults:?}");
        };
        assert!(
            fault.starts_with(&format!("{at}: {reason}")),
            "{text}: {fault}"
        );
    }
}

#[test]
fn all_faults_are_told_from_top_to_bottom() {
    let text = "[[rule]]\nkeywrd = 'a'\nforward = 'x y'\n\n[[rule]]\nevent = 'scn'\nreply = { kind = 'text' }\n\n\
                [[rule]]\naccount = 'none'\nregex = '['\nreply = 'b'\n";
    let places: Vec<String> = faults(text)
        .iter()
        .map(|fault| fault.split(": ").next().unwrap().to_owned())
        .collect();
    assert_eq!(places, ["2:1", "3:11", "6:9", "7:9", "10:11", "11:9"]);
}

#[test]
fn a_rule_below_one_that_takes_all_of_it_is_refused() {
    let pair = |above: &str, below: &str| {
        faults(&format!(
            "[[rule]]\n{above}\nforward = 'wechat-handler-a'\n[[rule]]\n{below}\nforward = 'wechat-handler-b'"
        ))
    };
    for (above, below) in [
        ("any = true", "text = 'a'"),
        (
            "account = 'demo'\nany = true",
            "account = 'demo'\nevent = 'scan'",
        ),
        ("text = 'a'", "text = 'a'"),
        ("keyword = 'A'", "text = 'say a'"),
        ("keyword = 'a'", "account = 'shop'\nkeyword = 'ab'"),
        ("regex = '^1'", "text = '12 元'"),
        ("regex = '^a'", "regex = '^a'"),
        ("event = 'CLICK'", "click = 'KEY'"),
        (
            "event = 'PUBLISHJOBFINISH'",
            "event = 'freepublishjobfinish'",
        ),
    ] {
        let faults = pair(above, below);
        assert!(
            faults.len() == 1 && faults[0].contains("can never be reached: the rule of line"),
            "{above}, {below}: {faults:?}"
        );
    }
    for (above, below) in [
        ("account = 'demo'\nany = true", "any = true"),
        (
            "account = 'demo'\ntext = 'a'",
            "account = 'shop'\ntext = 'a'",
        ),
        ("text = 'a'", "keyword = 'a'"),
        ("regex = '^a'", "text = 'ab'"),
        ("keyword = 'ab'", "keyword = 'a'"),
        ("regex = '^a$'", "keyword = 'a'"),
        ("click = 'KEY'", "event = 'click'"),
    ] {
        assert_eq!(pair(above, below), [""; 0], "{above}, {below}");
    }
}

#[test]
fn a_file_that_is_no_utf_8_is_refused_where_it_stops_to_be() {
    let around = Surroundings::default();
    let gbk = b"[[rule]]\ntext = '\xd6\xd0\xce\xc4'\nreply = 'b'\n";
    let error = RulesFile::read("r.toml", gbk, &around).err().unwrap();
    assert!(
        error
            .to_string()
            .starts_with("r.toml:2:9: this is no UTF-8"),
        "{error}"
    );
    let marked = "\u{feff}[[rule]]\r\ntext = 'a'\r\nreply = 'b'\r\n";
    assert_eq!(
        RulesFile::read("r.toml", marked.as_bytes(), &around)
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn functions_are_listed_with_their_place_and_new_events_can_be_named() {
    let text = "[[rule]]\nevent = 'hologram'\nallow_unknown = true\nforward = 'wechat-handler-a'";
    let file = RulesFile::read("r.toml", text.as_bytes(), &Surroundings::default()).unwrap();
    let [forwarded] = file.functions() else {
        panic!()
    };
    assert_eq!((forwarded.line, forwarded.column), (4, 11));
    assert_eq!(forwarded.function, "wechat-handler-a");
}

/// The table of fields against the type that reads them.
#[test]
fn every_reply_can_be_written_with_the_fields_that_are_known() {
    let filled = |kind: &str, fields: &[&str]| {
        let mut reply = serde_json::Map::from_iter([("kind".to_owned(), kind.into())]);
        for field in fields {
            let value = match *field {
                "articles" => serde_json::json!([Article::default()]),
                _ => "x".into(),
            };
            reply.insert((*field).to_owned(), value);
        }
        serde_json::Value::Object(reply)
    };
    for (kind, fields) in REPLIES {
        let reply = Reply::from_answer(filled(kind, fields)).unwrap();
        let written = serde_json::to_value(&reply).unwrap();
        assert_eq!(
            written.as_object().unwrap().len(),
            fields.len() + 1,
            "{kind}"
        );
        let mut more = filled(kind, fields);
        more["more"] = "x".into();
        let more = Reply::from_answer(more);
        assert!(more.is_err() || fields.is_empty(), "{kind}");
    }
    let article = serde_json::to_value(Article::default()).unwrap();
    let names: Vec<&String> = article.as_object().unwrap().keys().collect();
    assert!(names.len() == ARTICLE.len() && names.iter().all(|n| ARTICLE.contains(&n.as_str())));
}
