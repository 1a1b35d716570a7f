use super::*;
use crate::report::State;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection,
    crypto::ring,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
};
use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::Arc,
    thread,
};

/// A certificate for `localhost` that ends then, and its key.
fn certified(year: i32) -> (CertificateDer<'static>, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(year, 1, 1);
    (params.self_signed(&key).unwrap().der().clone(), key)
}

/// What is found of a server with that certificate, by a client that trusts it, or not.
async fn seen(year: i32, trusted: bool) -> Check {
    let (certificate, key) = certified(year);
    let provider = Arc::new(ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut tls = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::Stream::new(&mut tls, &mut connection);
        // A client that trusts nothing ends the handshake.
        if stream.read(&mut [0; 1_024]).is_ok() {
            let answer =
                b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer).unwrap();
        }
    });
    let mut roots = RootCertStore::empty();
    if trusted {
        roots.add(certificate).unwrap();
    }
    let client = http::trusting(roots).unwrap();
    let url = Url::parse(&format!("https://localhost:{port}/callback/{{account}}")).unwrap();
    let check = super::certificate(&client, &url).await;
    server.join().unwrap();
    check
}

#[tokio::test]
async fn a_certificate_is_read_as_it_is_served() {
    let well = seen(2999, true).await;
    assert_eq!(well.state, State::Ok, "{well:?}");
    assert!(well.finding.ends_with("days more"), "{well:?}");
    for ill in [seen(2021, true).await, seen(2999, false).await] {
        assert_eq!(ill.state, State::Failed, "{ill:?}");
        assert!(
            ill.finding.starts_with("WeChat would not trust it: "),
            "{ill:?}"
        );
    }
}

#[test]
fn three_weeks_are_the_least() {
    let judged = |days: u64| judge(DAY * u32::try_from(days).unwrap()).state;
    for (days, state) in [
        (0, State::Failed),
        (20, State::Failed),
        (21, State::Ok),
        (90, State::Ok),
    ] {
        assert_eq!(judged(days), state, "{days}");
    }
    assert!(end(b"no certificate").is_none());
}

#[tokio::test]
async fn what_wechat_cannot_reach_is_told() {
    let client = http::client().unwrap();
    for nothing in ["no url", "data:,x", "https://"] {
        assert!(checks(&client, nothing).await.is_empty(), "{nothing}");
    }
    for here in [
        "http://127.0.0.1:9000/callback/{account}",
        "http://localhost:1/",
        "http://[::1]:9/",
    ] {
        let told = checks(&client, here).await;
        assert_eq!((told.len(), told[0].state), (1, State::Ok), "{here}");
    }
    assert_eq!(port(8443).state, State::Failed);
    assert_eq!((port(80).state, port(443).state), (State::Ok, State::Ok));
    assert_eq!(addresses("10.1.2.3", 443).await.state, State::Failed);
    assert_eq!(addresses("[fd00::1]", 443).await.state, State::Failed);
    assert_eq!(addresses("203.0.113.9", 443).await.state, State::Ok);
    let unknown = addresses("nowhere.invalid", 443).await;
    assert!(unknown.finding.contains("does not resolve"), "{unknown:?}");
}

#[test]
fn what_a_domain_lacks_for_china_is_said() {
    for (host, words) in [
        ("a1.execute-api.ap-southeast-1.amazonaws.com", "域名备案"),
        ("a1.execute-api.cn-north-1.amazonaws.com.cn", "ICP licence"),
        ("wx.example.com", "ICP filing"),
    ] {
        let check = domain(host);
        assert_eq!(check.state, State::Ok);
        assert!(check.advice.unwrap().contains(words), "{host}");
    }
}
