use super::*;
use crate::template::Event;

fn stack() -> Stack {
    Stack {
        name: "shop".into(),
        region: "us-east-1".into(),
        aws_url: "http://127.0.0.1:1".into(),
    }
}

fn read(text: &str) -> std::result::Result<Template, String> {
    load(text, &stack(), &BTreeMap::new()).map_err(|e| e.to_string())
}

const WHOLE: &str = include_str!("whole.yaml");

#[test]
fn a_whole_template_is_understood() {
    let template = read(WHOLE).unwrap();
    let ids: Vec<_> = template.functions.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["Orders", "Ship", "Events", "Bills"]);
    let orders = &template.functions[0];
    assert_eq!(orders.name, "shop-orders");
    assert_eq!(orders.environment["ORDERS_TABLE"], "shop-Table");
    assert_eq!(
        orders.environment["QUEUE_URL"],
        "http://127.0.0.1:1/000000000000/shop-ShipQueue.fifo"
    );
    assert_eq!(orders.environment["RUST_LOG"], "info", "Globals are merged");
    assert_eq!(orders.timeout.as_secs(), 5);
    assert_eq!(
        orders.statements[0].resources,
        ["arn:aws:dynamodb:us-east-1:000000000000:table/shop-Table"]
    );
    assert!(
        matches!(&orders.events[0].1, Event::Http(r) if r.method.as_deref() == Some("ANY") && !r.iam)
    );
    assert!(matches!(&template.functions[3].events[1].1, Event::Http(r) if r.iam));
    assert_eq!(
        template.tables[0].ttl_attribute.as_deref(),
        Some("expires_at")
    );
    assert_eq!(template.queues[0].redrive.as_ref().unwrap().1, 5);
}

/// `WHOLE` with one text replaced must be refused, naming resource and reason.
#[test]
fn what_it_does_not_understand_is_refused_by_name() {
    for (from, to, parts) in [
        (
            "Type: AWS::Logs::LogGroup",
            "Type: AWS::Kinesis::Stream",
            &["OrdersLogs", "AWS::Kinesis::Stream"][..],
        ),
        (
            "Type: ScheduleV2",
            "Type: Schedule",
            &["Bills", "event type Schedule"],
        ),
        ("Timeout: 5", "Layers: [x]", &["Orders", "Layers"]),
        ("!GetAtt ShipQueue.Arn", "!GetAtt Nobody.Arn", &["Nobody"]),
        (
            "!GetAtt Table.StreamArn",
            "'arn:aws:dynamodb:x'",
            &["Events", "no stream"],
        ),
        ("BatchSize: 5", "BatchSize: 11", &["Ship", "FIFO"]),
        (
            "VisibilityTimeout: 180",
            "VisibilityTimeout: 10",
            &["Ship", "VisibilityTimeout"],
        ),
        (
            "rate(5 minutes)",
            "rate(5 weeks)",
            &["Bills", "ScheduleExpression"],
        ),
        (
            "BuildMethod: rust-cargolambda",
            "BuildMethod: makefile",
            &["BuildMethod"],
        ),
        ("Authorizer: AWS_IAM", "Authorizer: Jwt", &["Bills", "Jwt"]),
        (
            "Default: shop",
            "Description: x",
            &["Parameters.KeyPrefix", "no default"],
        ),
        (
            "DefaultRouteSettings:",
            "CorsConfiguration:",
            &["Api", "CorsConfiguration"],
        ),
        ("!Ref AlarmTopic", "!Ref Nothing", &["Nothing"]),
    ] {
        assert!(WHOLE.contains(from), "{from}");
        let error = read(&WHOLE.replace(from, to)).unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{to}: {error}");
        }
    }
}

#[test]
fn overrides_replace_defaults_and_conditions_remove_resources() {
    let overrides = BTreeMap::from([("PaymentUrl".to_owned(), "http://127.0.0.1:9100".to_owned())]);
    let template = load(WHOLE, &stack(), &overrides).unwrap();
    assert_eq!(
        template.functions[0].environment["PAYMENT_URL"],
        "http://127.0.0.1:9100"
    );
    assert!(template.queues.iter().all(|q| q.id != "Optional"));
}

#[test]
fn a_parameter_that_the_template_lacks_is_refused() {
    let overrides = BTreeMap::from([("Unknown".to_owned(), "x".to_owned())]);
    let error = load(WHOLE, &stack(), &overrides).unwrap_err().to_string();
    assert_eq!(error, "Parameters: Unknown: is not of the template");
}
