//! Which accounts may make a call: the scope tables (适用范围) of the pages; to others 48001 is answered.

use super::failure::Failure;
use crate::account::{AccountSetup, Class, Kind};

/// Who may make the calls below a path.
#[derive(Clone, Copy)]
enum May {
    All,
    /// All service accounts, and subscription accounts that are verified.
    ServiceOrVerified,
    /// Verified accounts, and service accounts of which no page says.
    VerifiedOrService,
    Verified,
    VerifiedService,
}

/// Paths that begin so; the longest counts. All other calls are open to all, or no page speaks of them.
const SCOPES: &[(May, &str)] = &[
    (May::Verified, "/cgi-bin/comment/"),
    (May::Verified, "/cgi-bin/customservice/"),
    (May::VerifiedOrService, "/cgi-bin/freepublish/"),
    (May::Verified, "/cgi-bin/media/get/jssdk"),
    (May::ServiceOrVerified, "/cgi-bin/menu/"),
    (May::VerifiedOrService, "/cgi-bin/menu/addconditional"),
    (May::Verified, "/cgi-bin/menu/delconditional"),
    (May::VerifiedOrService, "/cgi-bin/menu/trymatch"),
    (May::Verified, "/cgi-bin/message/"),
    (May::VerifiedService, "/cgi-bin/message/mass/send"),
    (May::Verified, "/cgi-bin/message/mass/sendall"),
    (May::VerifiedService, "/cgi-bin/message/template/send"),
    (May::VerifiedService, "/cgi-bin/qrcode/create"),
    (May::VerifiedService, "/cgi-bin/shorten/"),
    (May::Verified, "/cgi-bin/tags/"),
    (May::VerifiedService, "/cgi-bin/template/"),
    (May::Verified, "/cgi-bin/user/"),
    (May::VerifiedService, "/connect/oauth2/"),
    (May::Verified, "/customservice/"),
    (May::Verified, "/mp/subscribemsg"),
    (May::VerifiedService, "/sns/"),
    (May::VerifiedService, "/wxa/sec/queryblocktmplmsg"),
    (May::Verified, "/wxaapi/newtmpl/"),
];

/// The account may make the call; 48001 when it may not.
pub(super) fn permit(path: &str, account: &AccountSetup) -> Result<(), Failure> {
    let (service, verified) = (
        account.kind == Kind::Service,
        account.class == Class::Verified,
    );
    let may = match scope(path) {
        May::All => true,
        May::ServiceOrVerified | May::VerifiedOrService => service || verified,
        May::Verified => verified,
        May::VerifiedService => service && verified,
    };
    match may {
        true => Ok(()),
        false => Err(Failure::code(48_001)),
    }
}

fn scope(path: &str) -> May {
    let fit = SCOPES.iter().filter(|(_, start)| path.starts_with(start));
    fit.max_by_key(|(_, start)| start.len())
        .map_or(May::All, |(may, _)| *may)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn may(path: &str, kind: Kind, class: Class) -> bool {
        let account = AccountSetup {
            kind,
            class,
            ..AccountSetup::default()
        };
        permit(path, &account).is_ok()
    }

    /// What a cell of the list says of verified accounts and of others; a call of which no page speaks passes.
    fn cell(text: &str) -> [bool; 2] {
        match text {
            "all" | "verified+" | "?" => [true, true],
            "verified" => [true, false],
            "none" => [false, false],
            other => panic!("what is {other}?"),
        }
    }

    #[test]
    fn each_call_is_open_to_those_its_page_names() {
        let list = include_str!("../../../../tests/fixtures/endpoints.json");
        let list: Value = serde_json::from_str(list).unwrap();
        for entry in list["endpoints"].as_array().unwrap() {
            let (path, cells) = (&entry["path"], &entry["accounts"]);
            let (path, cells) = (path.as_str().unwrap(), cells.as_str().unwrap());
            let (service, subscription) = cells.split_once(',').unwrap();
            for (kind, text) in [(Kind::Service, service), (Kind::Subscription, subscription)] {
                let classes = [Class::Verified, Class::Unverified];
                assert_eq!(
                    classes.map(|class| may(path, kind, class)),
                    cell(text),
                    "{path}"
                );
            }
        }
    }
}
