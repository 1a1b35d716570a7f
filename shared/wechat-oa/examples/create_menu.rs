//! Makes the account's menu: a button that pushes a click, and one that opens pages.
//!
//! `WECHAT_ACCESS_TOKEN=… cargo run -p wechat-oa --example create_menu -- https://www.example.com/`

mod setup;

use setup::{client, end, explain};
use std::process::ExitCode;
use wechat_oa::api::menu::{Button, CreateMenu};

#[tokio::main]
async fn main() -> ExitCode {
    end(run().await)
}

async fn run() -> Result<(), String> {
    let url = std::env::args()
        .nth(1)
        .ok_or("usage: create_menu URL\nIt takes the place of the menu the account has now.")?;
    let pages = vec![
        Button::view("首页", &url),
        Button::click("联系我们", "CONTACT"),
    ];
    let menu = CreateMenu {
        button: vec![
            Button::click("今日", "TODAY"),
            Button::opening("更多", pages),
        ],
    };
    client()?.call(&menu).await.map_err(explain)?;
    println!("The menu is made; a phone shows it within five minutes.");
    Ok(())
}
