//! What `cargo run` shows is what happens: the conversation is played and its traces are looked at.

use local::{Options, demo};
use platform::MessageFilter;
use tests::{Stage, accounts::SAFE};

#[tokio::test(flavor = "multi_thread")]
async fn the_conversation_ends_as_it_says() {
    let mut options = Options::default();
    demo::prepare(&mut options);
    let stage = Stage::open(options).await;
    demo::run(&stage.bundle).await;
    let messages = |kind: &str| {
        let filter = MessageFilter {
            kind: kind.to_owned(),
            ..MessageFilter::default()
        };
        stage.wechat().count_messages(&filter)
    };
    assert_eq!(messages("customer_service"), 1, "the late answer came once");
    assert_eq!(messages("template"), 1, "posted twice, sent once");
    let sent = stage.wechat().mass(SAFE, None).unwrap();
    assert_eq!((sent.jobs.len(), sent.receivers.duplicates), (5, 0));
    assert_eq!(stage.calls("/cgi-bin/stable_token", SAFE), 1);
}
