//! menu, kf_account, kf_session, kf_record.

use super::{Sample, call, jpeg, openid};
use wechat_oa::api::{kf_account::*, kf_record::*, kf_session::*, menu::*};

pub(super) fn all() -> Vec<Sample> {
    [menus(), agents()].into_iter().flatten().collect()
}

fn menus() -> Vec<Sample> {
    let button = || {
        let below = vec![
            Button::view("官网", "https://www.example.com/"),
            Button::media("图", "m"),
            Button::article("文", "a"),
        ];
        vec![
            Button::click("今日", "TODAY"),
            Button::opening("更多", below),
        ]
    };
    vec![
        call(CreateMenu { button: button() }),
        call(GetCurrentSelfMenuInfo {}),
        call(GetMenu {}),
        call(DeleteMenu {}),
        call(AddConditionalMenu {
            button: button(),
            matchrule: MatchRule::tag(2).on(Platform::Android),
        }),
        call(DeleteConditionalMenu {
            menuid: 208_396_993,
        }),
        call(TryMatchMenu {
            user_id: "example_wx".into(),
        }),
    ]
}

fn agents() -> Vec<Sample> {
    let kf_account = || "test1@example".to_owned();
    let nickname = || "客服一".to_owned();
    vec![
        call(GetKfList {}),
        call(GetOnlineKfList {}),
        call(AddKfAccount {
            kf_account: kf_account(),
            nickname: nickname(),
        }),
        call(InviteKfWorker {
            kf_account: kf_account(),
            invite_wx: "example_wx".into(),
        }),
        call(UpdateKfAccount {
            kf_account: kf_account(),
            nickname: nickname(),
        }),
        call(UploadKfHeadImage {
            kf_account: kf_account(),
            media: jpeg(),
        }),
        call(DeleteKfAccount {
            kf_account: kf_account(),
        }),
        call(CreateKfSession {
            kf_account: kf_account(),
            openid: openid(),
        }),
        call(CloseKfSession {
            kf_account: kf_account(),
            openid: openid(),
        }),
        call(GetKfSession { openid: openid() }),
        call(GetKfSessionList {
            kf_account: kf_account(),
        }),
        call(GetWaitCase {}),
        call(GetKfMessages {
            starttime: 1_735_689_600,
            endtime: 1_735_776_000,
            msgid: 1,
            number: 10_000,
        }),
    ]
}
