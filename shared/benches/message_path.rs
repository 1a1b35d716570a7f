//! The message path (verify, decrypt, parse, match, build, seal) beside the bare cryptography on the
//! same bytes. `cargo bench -p shared --bench message_path`

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that is surprised should say so loudly"
)]

use aes::Aes256;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cbc::cipher::{
    BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _, block_padding::NoPadding,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sha1::{Digest as _, Sha1};
use shared::{
    account::{Account, AccountName},
    followers::Known,
    random::Random,
    router::{Asked, Decision, Router, answer},
    time::Timestamp,
};
use std::{
    hint::black_box,
    time::{Duration, UNIX_EPOCH},
};
use wechat_oa::callback::{self, EncodingAesKey, Push, Query};

const TOKEN: &str = "Token2025abcDEF";
const NOW_S: u64 = 1_735_689_601;
const RANDOM: [u8; 16] = *b"0123456789abcdef";

#[derive(Debug)]
struct Zeros;

impl Random for Zeros {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), String> {
        bytes.fill(0);
        Ok(())
    }
}

/// A push on the wire, and all it takes to answer it.
struct Wire {
    account: Account,
    router: Router,
    query: String,
    body: String,
}

fn account(mode: &str) -> Account {
    let json = format!(
        r#"{{"app_id": "wx5f2c8a1d9e3b7046", "original_id": "gh_7d31c0a94be2", "kind": "service", "token": "{TOKEN}",
            "mode": "{mode}", "encoding_aes_key": "kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG"}}"#
    );
    Account::from_parameter(&AccountName::try_from("demo").unwrap(), &json).unwrap()
}

fn text(content: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[gh_7d31c0a94be2]]></ToUserName>\n\
         <FromUserName><![CDATA[oT3x_uK9bqVwZ2m4LrNcY8dEfGhI]]></FromUserName>\n\
         <CreateTime>1735689601</CreateTime>\n<MsgType><![CDATA[text]]></MsgType>\n\
         <Content><![CDATA[{content}]]></Content>\n<MsgId>24871936450123401</MsgId>\n</xml>"
    )
}

fn event(xml: &str) -> String {
    let path = format!(
        "{}/../tests/fixtures/events/{xml}",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::read_to_string(path).unwrap()
}

impl Wire {
    fn new(clear: &str, sealed: bool) -> Self {
        let account = account(if sealed { "safe" } else { "plain" });
        let router = Router::new()
            .on_text("ping", answer("pong"))
            .fallback(answer("已收到，谢谢！"));
        let (timestamp, nonce) = ("1735689601", "977387135");
        if !sealed {
            let signature = callback::sign([TOKEN, timestamp, nonce]);
            let query = format!(
                "signature={signature}&timestamp={timestamp}&nonce={nonce}&openid=oT3x_uK9"
            );
            return Self {
                account,
                router,
                query,
                body: clear.to_owned(),
            };
        }
        let key = account.server.encoding_aes_key.as_ref().unwrap();
        let envelope =
            callback::seal_reply(&account.server, key, clear, 1_735_689_601, nonce, &RANDOM);
        let encrypt = between(&envelope, "<Encrypt><![CDATA[", "]]>").to_owned();
        let signature = callback::sign([TOKEN, timestamp, nonce]);
        let msg_signature = callback::sign([TOKEN, timestamp, nonce, &encrypt]);
        let query = format!(
            "signature={signature}&timestamp={timestamp}&nonce={nonce}&openid=oT3x_uK9&encrypt_type=aes&msg_signature={msg_signature}"
        );
        let body = format!(
            "<xml>\n<ToUserName><![CDATA[gh_7d31c0a94be2]]></ToUserName>\n<Encrypt><![CDATA[{encrypt}]]></Encrypt>\n</xml>"
        );
        Self {
            account,
            router,
            query,
            body,
        }
    }

    /// What `callback` does with a push, but for the table.
    fn answer(&self) -> String {
        let query = Query::parse(&self.query);
        let now = UNIX_EPOCH + Duration::from_secs(NOW_S);
        let opened =
            callback::open(&self.account.server, &query, self.body.as_bytes(), now).unwrap();
        let clear = opened.clear();
        let push = Push::read(&clear);
        black_box(push.dedupe_key());
        let asked = Asked {
            account: "demo",
            push: &push,
            now: Timestamp::from(now),
            random: &Zeros,
            known: Known::NOTHING,
        };
        let Decision::Reply(quick) = self.router.decide(&asked) else {
            unreachable!()
        };
        let clear = quick
            .reply
            .render(&push.from, &push.to, NOW_S.cast_signed());
        match opened.key() {
            Some(key) => callback::seal_reply(
                &self.account.server,
                key,
                &clear,
                NOW_S.cast_signed(),
                &query.nonce,
                &RANDOM,
            ),
            None => clear,
        }
    }

    /// The bytes the cryptography of that answer works on.
    fn floor(&self) -> Floor {
        let answer = self.answer();
        Floor {
            key: self.account.server.encoding_aes_key.clone().unwrap(),
            encrypt_in: between(&self.body, "<Encrypt><![CDATA[", "]]>").to_owned(),
            encrypt_out: between(&answer, "<Encrypt><![CDATA[", "]]>").to_owned(),
        }
    }
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).unwrap().1.split_once(to).unwrap().0
}

/// Bare cryptography: one SHA-1 and one AES-CBC pass each way, nothing else.
struct Floor {
    key: EncodingAesKey,
    encrypt_in: String,
    encrypt_out: String,
}

impl Floor {
    fn buffers(&self) -> (Vec<u8>, Vec<u8>) {
        (
            STANDARD.decode(&self.encrypt_in).unwrap(),
            STANDARD.decode(&self.encrypt_out).unwrap(),
        )
    }

    fn work(&self, (decrypted, encrypted): &mut (Vec<u8>, Vec<u8>)) {
        let key = self.key.expose();
        let iv = key.first_chunk::<16>().unwrap();
        for text in [&self.encrypt_in, &self.encrypt_out] {
            let parts = [TOKEN, "1735689601", "977387135", text];
            black_box(
                parts
                    .iter()
                    .fold(Sha1::new(), |hash, part| hash.chain_update(part))
                    .finalize(),
            );
        }
        cbc::Decryptor::<Aes256>::new(key.into(), iv.into())
            .decrypt_padded::<NoPadding>(decrypted)
            .unwrap();
        let length = encrypted.len();
        cbc::Encryptor::<Aes256>::new(key.into(), iv.into())
            .encrypt_padded::<NoPadding>(encrypted, length)
            .unwrap();
    }
}

fn message_path(criterion: &mut Criterion) {
    let long = |bytes: usize| text(&"查询订单 2025-0001 ".repeat(bytes / 23 + 1));
    let pushes = [
        ("text 100 B", text("查询订单 2025-0001")),
        ("text 1 KiB", long(1024)),
        ("text 10 KiB", long(10_240)),
        ("subscribe", event("subscribe_qrscene_id.xml")),
        (
            "mass send result",
            event("masssendjobfinish_news_success.xml"),
        ),
    ];
    for (name, clear) in &pushes {
        let mut group = criterion.benchmark_group(*name);
        let (safe, plain) = (Wire::new(clear, true), Wire::new(clear, false));
        let floor = safe.floor();
        let buffers = floor.buffers();
        group.throughput(Throughput::Bytes(clear.len() as u64));
        group.bench_function(BenchmarkId::from_parameter("bare SHA-1 + AES"), |b| {
            b.iter_batched_ref(
                || buffers.clone(),
                |buffers| floor.work(buffers),
                criterion::BatchSize::SmallInput,
            );
        });
        group.bench_function(BenchmarkId::from_parameter("safe mode"), |b| {
            b.iter(|| black_box(safe.answer()))
        });
        group.bench_function(BenchmarkId::from_parameter("plain mode"), |b| {
            b.iter(|| black_box(plain.answer()))
        });
        group.finish();
    }
}

criterion_group!(benches, message_path);
criterion_main!(benches);
