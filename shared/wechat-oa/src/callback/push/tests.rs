use super::*;

fn key(elements: &str) -> String {
    let body = format!(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>5</CreateTime>{elements}</xml>"
    );
    Push::parse(&body).unwrap().dedupe_key()
}

fn event(name: &str, elements: &str) -> String {
    key(&format!(
        "<MsgType>event</MsgType><Event>{name}</Event>{elements}"
    ))
}

#[test]
fn keys_name_what_tells_pushes_apart() {
    assert_eq!(
        key("<MsgType>text</MsgType><Content>a</Content><MsgId>7</MsgId>"),
        "msg:7:o1:5"
    );
    let click = event("CLICK", "<EventKey>V1</EventKey>");
    assert!(click.starts_with("evt:o1:5:click:V1:~"), "{click}");
    assert_eq!(
        event(
            "TEMPLATESENDJOBFINISH",
            "<MsgID>9</MsgID><Status>success</Status>"
        ),
        "evt:o1:5:templatesendjobfinish::9"
    );
}

#[test]
fn two_users_in_one_notice_second_are_two_pushes() {
    let revoked = |openid, what| {
        event(
            "user_authorization_revoke",
            &format!("<OpenID>{openid}</OpenID><RevokeInfo>{what}</RevokeInfo>"),
        )
    };
    assert_ne!(revoked("o2", 206), revoked("o3", 206));
    assert_ne!(revoked("o2", 206), revoked("o2", 207));
    let scan = |openid| {
        event(
            "guide_qrcode_scan_event",
            &format!("<GuideScanEvent><openid>{openid}</openid></GuideScanEvent>"),
        )
    };
    assert_ne!(scan("o2"), scan("o3"));
}

#[test]
fn two_results_in_one_event_count_both() {
    let sent = |second| {
        let list = |id: u32| {
            format!(
                "<List><TemplateId>t</TemplateId><MsgID>{id}</MsgID><ErrorCode>0</ErrorCode></List>"
            )
        };
        event(
            "subscribe_msg_sent_event",
            &format!(
                "<SubscribeMsgSentEvent>{}{}</SubscribeMsgSentEvent>",
                list(1),
                list(second)
            ),
        )
    };
    assert_ne!(sent(2), sent(3));
}

#[test]
fn what_is_unknown_is_told_apart_by_all_it_holds() {
    assert_eq!(event("new", "<A>1</A>"), event("new", "<A>1</A>"));
    assert_ne!(event("new", "<A>1</A>"), event("new", "<A>2</A>"));
    let hologram = |depth| {
        key(&format!(
            "<MsgType>hologram</MsgType><Depth>{depth}</Depth>"
        ))
    };
    assert_ne!(hologram(1), hologram(2));
}

#[test]
fn long_and_ambiguous_parts_are_digested() {
    let view = |url: &str| event("VIEW", &format!("<EventKey>{url}</EventKey>"));
    assert_ne!(view("a:b"), view("a"));
    let long = "x".repeat(5000);
    assert!(view(&long).len() < 100);
    assert_ne!(view(&long), view(&format!("{long}y")));
}
