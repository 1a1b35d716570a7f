//! Lists the followers, page by page; on standard output one openid a line.
//!
//! `WECHAT_ACCESS_TOKEN=… cargo run -p wechat-oa --example list_followers [-- AFTER_OPENID]`

mod setup;

use setup::{client, end, explain};
use std::process::ExitCode;
use wechat_oa::ids::OpenId;

#[tokio::main]
async fn main() -> ExitCode {
    end(run().await)
}

async fn run() -> Result<(), String> {
    let client = client()?;
    let mut followers = client.followers();
    if let Some(after) = std::env::args().nth(1) {
        let after = OpenId::try_from(after).map_err(|error| format!("AFTER_OPENID {error}"))?;
        followers = followers.after(after);
    }
    let mut count = 0;
    while let Some(page) = followers.next_page().await.map_err(explain)? {
        for openid in &page {
            println!("{openid}");
        }
        count += page.len();
    }
    eprintln!("{count} followers");
    Ok(())
}
