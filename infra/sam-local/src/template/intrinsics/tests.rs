use super::*;
use crate::template::yaml;

fn scope() -> Scope {
    let queue = Physical {
        reference: "http://q".into(),
        attributes: BTreeMap::from([("Arn", "arn:q".to_owned())]),
        any_attribute: None,
    };
    Scope {
        parameters: BTreeMap::from([
            ("Stage".to_owned(), json!("dev")),
            ("AWS::Region".to_owned(), json!("us-east-1")),
        ]),
        mappings: json!({"Sizes": {"dev": {"memory": 128}}}),
        conditions: BTreeMap::from([
            (
                "IsDev".to_owned(),
                json!({"Fn::Equals": [{"Ref": "Stage"}, "dev"]}),
            ),
            (
                "NotDev".to_owned(),
                json!({"Fn::Not": [{"Condition": "IsDev"}]}),
            ),
            (
                "Both".to_owned(),
                json!({"Fn::And": [{"Condition": "IsDev"}, {"Condition": "NotDev"}]}),
            ),
            (
                "Either".to_owned(),
                json!({"Fn::Or": [{"Condition": "IsDev"}, {"Condition": "NotDev"}]}),
            ),
            ("Loop".to_owned(), json!({"Condition": "Loop"})),
        ]),
        resources: BTreeMap::from([("Queue".to_owned(), queue)]),
    }
}

fn eval(text: &str) -> std::result::Result<Option<Value>, String> {
    scope()
        .resolve("R", "P", &yaml::parse(text).unwrap())
        .map_err(|e| e.to_string())
}

#[test]
fn each_function_gives_its_value() {
    for (text, expected) in [
        ("!Ref Stage", json!("dev")),
        ("!Ref Queue", json!("http://q")),
        ("!GetAtt Queue.Arn", json!("arn:q")),
        ("Fn::GetAtt: [Queue, Arn]", json!("arn:q")),
        (
            "!Sub '${Stage}-${AWS::Region}-${Queue.Arn}-${!Literal}'",
            json!("dev-us-east-1-arn:q-${Literal}"),
        ),
        (
            "!Sub ['${A}/${Stage}', {A: !GetAtt Queue.Arn}]",
            json!("arn:q/dev"),
        ),
        ("!Join ['-', [a, !Ref Stage, 1]]", json!("a-dev-1")),
        ("!Select [1, !Split [',', 'a,b']]", json!("b")),
        ("!FindInMap [Sizes, !Ref Stage, memory]", json!(128)),
        ("!If [IsDev, yes, no]", json!("yes")),
        ("!If [NotDev, yes, no]", json!("no")),
        ("!If [Both, 1, 2]", json!(2)),
        ("!If [Either, 1, 2]", json!(1)),
        (
            "[a, !If [NotDev, b, !Ref 'AWS::NoValue'], c]",
            json!(["a", "c"]),
        ),
        (
            "{x: !If [NotDev, b, !Ref 'AWS::NoValue'], y: 1}",
            json!({"y": 1}),
        ),
    ] {
        assert_eq!(eval(text).unwrap(), Some(expected), "{text}");
    }
}

#[test]
fn what_is_undefined_or_unknown_is_refused_with_its_place() {
    for (text, part) in [
        ("!Ref Nobody", "Ref to Nobody"),
        ("!Sub '${Nobody}'", "${Nobody} names no"),
        ("!Sub '${Queue.Nope}'", "no attribute Nope"),
        ("!GetAtt Nobody.Arn", "GetAtt of Nobody"),
        ("!If [Nope, 1, 2]", "condition Nope is not defined"),
        ("!If [Loop, 1, 2]", "defined by itself"),
        ("!FindInMap [Sizes, prod, memory]", "no Sizes.prod.memory"),
        ("!Select [9, [a]]", "out of range"),
        ("!Sub '${open'", "without }"),
        ("!Base64 x", "Fn::Base64 is not supported"),
        ("!ImportValue x", "Fn::ImportValue is not supported"),
    ] {
        let error = eval(text).unwrap_err();
        assert!(
            error.starts_with("R: P: ") && error.contains(part),
            "{text}: {error}"
        );
    }
}

#[test]
fn a_policy_condition_is_data_not_a_function() {
    let policy = json!({"Condition": {"StringEquals": {"a": "b"}}});
    assert_eq!(scope().resolve("R", "P", &policy).unwrap(), Some(policy));
}
