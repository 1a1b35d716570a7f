mod conditions;
mod outcomes;
mod single;

use super::reply::{ARTICLE, REPLIES};
use super::*;
use wechat_oa::callback::{Reply, reply::Article};

const ACCOUNTS: [&str; 2] = ["demo", "shop"];

/// The faults of a text, `line:column: reason` in English.
fn faults(text: &str) -> Vec<String> {
    let around = Surroundings {
        accounts: Some(&ACCOUNTS),
        function_prefix: Some("wechat-handler-"),
        assistants: Some(&["helper"]),
        handlers: Some(&["member"]),
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

#[test]
fn each_fault_is_told_where_it_stands() {
    let all = [single::FAULTS, conditions::FAULTS, outcomes::FAULTS];
    for (text, at, reason) in all.into_iter().flatten() {
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

/// The faults of two rules, one below the other, with these conditions.
fn pair((above, below): &(&str, &str)) -> Vec<String> {
    faults(&format!(
        "[[rule]]\n{above}\nforward = 'wechat-handler-a'\n[[rule]]\n{below}\nforward = 'wechat-handler-b'"
    ))
}

/// Conditions that take all that fits those below.
const TAKEN: &[(&str, &str)] = &[
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
    ("text = ['A', 'b']", "text = 'a'"),
    ("text = ['A', 'b']", "text = 'a'\nexact = true"),
    ("text = '你好'\nexact = true", "text = '你好'"),
    ("kind = ['text', 'image']", "keyword = 'a'"),
    ("kind = 'voice'", "recognition = 'a'"),
    (
        "kind = ['text', 'image', 'voice']",
        "kind = ['voice', 'text']",
    ),
    ("event = ['SCAN', 'subscribe']", "scene = 'a*'"),
    ("event = 'SCAN'", "scene = 'a*'\nevent = 'SCAN'"),
    ("scene = 'a*'", "scene = ['ab*', 'ac']"),
    ("keyword = ['a', 'b']", "keyword = 'ab'\nmenu_id = '7'"),
    ("keyword = 'a'\nmenu_id = '*'", "text = 'ab'\nmenu_id = '7'"),
    (
        "during = '09:00-18:00'",
        "during = '10:00-11:00'\ntext = 'a'",
    ),
    (
        "during = '09:00-18:00'\nany = true",
        "during = '09:00-18:00'\nkind = 'image'",
    ),
    ("view = 'https://a*'", "view = 'https://ab'"),
];

#[test]
fn a_rule_below_one_that_takes_all_of_it_is_refused() {
    for rules in TAKEN {
        let faults = pair(rules);
        assert!(
            faults.len() == 1 && faults[0].contains("can never be reached: the rule of line"),
            "{rules:?}: {faults:?}"
        );
    }
}

/// Conditions that leave something to those below.
const LEFT: &[(&str, &str)] = &[
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
    ("text = 'a'\nexact = true", "text = 'a'"),
    ("text = ['a', 'b']", "text = ['a', 'c']"),
    ("keyword = 'a'\nmenu_id = '7'", "keyword = 'a'"),
    ("event = 'SCAN'", "scene = 'a*'"),
    ("scene = 'ab*'", "scene = 'a*'"),
    ("kind = 'voice'", "kind = ['voice', 'text']"),
    ("during = '09:00-18:00'", "any = true"),
    (
        "during = '09:00-18:00'\nany = true",
        "during = '08:00-18:00'\nany = true",
    ),
    (
        "during = '09:00-18:00'",
        "during = '10:00-11:00 Europe/Berlin'",
    ),
    (
        "keyword = 'a'\nduring = '09:00-18:00'",
        "keyword = 'a'\nduring = '18:00-09:00'",
    ),
];

#[test]
fn a_rule_below_one_that_leaves_something_is_taken() {
    for rules in LEFT {
        assert_eq!(pair(rules), [""; 0], "{rules:?}");
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
