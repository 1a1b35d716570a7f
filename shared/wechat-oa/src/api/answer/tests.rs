use super::*;
use serde_json::json;

#[derive(Debug, Deserialize)]
struct Token {
    access_token: String,
    expires_in: u32,
}

fn read(body: &str) -> Result<Token, Error> {
    parse("/x", &accept("/x", 200, body.as_bytes().to_vec())?)
}

#[test]
fn success_comes_with_errcode_zero_or_none() {
    for head in ["", r#""errcode":0,"errmsg":"ok","#, r#""errcode":"0","#] {
        let token = read(&format!(
            r#"{{{head}"access_token":"t","expires_in":7200}}"#
        ))
        .unwrap();
        assert_eq!((token.access_token.as_str(), token.expires_in), ("t", 7200));
    }
}

#[test]
fn control_characters_are_taken_out() {
    let token = read("{\n \"access_token\":\"t\u{1}\u{0}\to\",\r\n\"expires_in\":1}").unwrap();
    assert_eq!(token.access_token, "to");
}

#[test]
fn refusals_come_first_whatever_the_shape_and_the_status() {
    let error = accept(
        "/x",
        500,
        br#"{"errcode":"-1","errmsg":"busy","id":7}"#.to_vec(),
    )
    .unwrap_err();
    let refusal = error.refusal().unwrap();
    assert_eq!((refusal.errcode, refusal.fields.id("id")), (-1, Some(7)));
}

#[test]
fn pages_and_torn_answers_are_unreadable_and_show_how_they_begin() {
    let page = include_str!("../../../../../tests/fixtures/responses/any_502.html");
    for (status, body) in [
        (502, page),
        (200, r#"{"access_token":"t"#),
        (200, ""),
        (200, "[40001]"),
        (503, "{}"),
        (200, "{\"errcode\":[]}"),
    ] {
        let error = accept("/x", status, body.as_bytes().to_vec()).unwrap_err();
        assert!(matches!(&error, Error::Unreadable { status: s, .. } if *s == status));
        assert!(error.to_string().contains(body.get(..9).unwrap_or(body)));
    }
}

#[test]
fn a_wrong_shape_names_the_field_and_never_the_token() {
    let secret = "t".repeat(300);
    let error = read(&format!(
        r#"{{"access_token":"{secret}","expires_in":"{secret}"}}"#
    ))
    .unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(
        text.contains("expires_in") && !text.contains("tttt"),
        "{text}"
    );
}

#[test]
fn a_download_is_refused_in_json_only() {
    let bytes = accept_bytes("/m", 200, vec![0xff, 0xd8, 0x01]).unwrap();
    assert_eq!(bytes, [0xff, 0xd8, 0x01]);
    let url = br#"{"video_url":"u"}"#.to_vec();
    assert_eq!(accept_bytes("/m", 200, url.clone()).unwrap(), url);
    let refused = br#"{"errcode":40007,"errmsg":"invalid media_id"}"#.to_vec();
    assert_eq!(
        accept_bytes("/m", 200, refused)
            .unwrap_err()
            .refusal()
            .unwrap()
            .errcode,
        40007
    );
    for (status, body) in [
        (404, ""),
        (200, ""),
        (502, "<html>"),
        (200, "{\"errcode\":400"),
    ] {
        let error = accept_bytes("/m", status, body.as_bytes().to_vec()).unwrap_err();
        assert_eq!(error.error_type(), "wechat_unreadable", "{body}");
    }
}

#[test]
fn a_refusal_counts_whatever_else_is_broken() {
    let gbk = [
        &b"{\"errcode\":40037,\"errmsg\":\""[..],
        b"\xce\xde\xd0\xa7",
        b"\"}",
    ]
    .concat();
    let error = accept("/x", 200, gbk).unwrap_err();
    assert_eq!(error.refusal().unwrap().errmsg, "无效");
    for body in [
        &b"{\"errcode\":40037,\"errmsg\":\"\xff\xfe\"}"[..],
        br#"{"errcode":40037,"errmsg":"half \ud83d"}"#,
        br#"{"errcode":40037,"errmsg":"a "b" c"}"#,
        br#"{"errcode":40037,"errmsg":"torn"#,
        br#"{"errcode":40037,"errmsg":7}"#,
        br#"{"errcode":40037,"errmsg":null}"#,
    ] {
        let error = accept_bytes("/x", 200, body.to_vec()).unwrap_err();
        assert_eq!(error.refusal().unwrap().errcode, 40037);
    }
    let error = accept(
        "/x",
        200,
        br#"{"errcode":45065,"msg_id":7,"new":[1.5]}"#.to_vec(),
    );
    let error = error.unwrap_err();
    let fields = error.refusal().unwrap().fields.members();
    assert_eq!(json!(fields), json!({"msg_id": 7, "new": [1.5]}));
}

#[test]
fn broken_bytes_and_half_pairs_cost_no_more_than_themselves() {
    let body = b"{\"nickname\":\"\xe5\xb0\x90\x07\xff\",\"province\":\"SN\xac\",\"x\":\"\\ud83d\"}";
    let read: Value = parse("/x", &accept("/x", 200, body.to_vec()).unwrap()).unwrap();
    assert_eq!(read["nickname"], "尐\u{fffd}");
    assert_eq!(
        (&read["province"], &read["x"]),
        (&json!("SN\u{fffd}"), &json!("\u{fffd}"))
    );
}

#[test]
fn a_file_is_told_by_its_start() {
    let is_file = |kind: &str, name: Option<&str>, bytes: &[u8]| {
        let content_type = Some(kind.to_owned());
        let file_name = name.map(str::to_owned);
        Download {
            content_type,
            file_name,
            bytes: bytes.to_vec(),
        }
        .is_file()
    };
    assert!(is_file("text/plain", None, b"\x89PNG\r\n\x1a\n"));
    assert!(is_file("application/json", None, b"GIF89a"));
    assert!(is_file(
        "application/vnd.ms-excel",
        None,
        b"\xd0\xcf\x11\xe0"
    ));
    assert!(is_file("text/plain", Some("bill.csv"), b"a,b\r\n1,2\r\n"));
    assert!(!is_file(
        "image/jpeg",
        Some("a.jpg"),
        b" {\"errcode\":40007}"
    ));
    assert!(!is_file("text/plain", None, b"{\"video_url\":\"u\"}"));
    assert!(!is_file(
        "application/octet-stream",
        None,
        b"<!DOCTYPE html>"
    ));
    assert!(!is_file("text/plain", None, b"system error"));
    assert!(!is_file("image/png", None, b""));
}

#[test]
fn json_in_place_of_a_file_is_read() {
    let download = |bytes: &[u8]| Download {
        content_type: None,
        file_name: None,
        bytes: bytes.to_vec(),
    };
    let token = download(br#" {"access_token":"t","expires_in":1}"#).json::<Token>();
    assert_eq!(token.unwrap().expires_in, 1);
    assert!(download(&[0xff, 0xd8]).json::<Token>().is_none());
    assert!(download(b"{}").json::<Token>().is_none());
}
