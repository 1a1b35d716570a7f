//! What an account may call, by its kind and its class.

use super::{Account, Class, Kind};
use wechat_oa::api::{Endpoint as _, Meta, custom::SendCustomMessage};

impl Account {
    /// Whether WeChat lets the account make a call, as the call's page has it; otherwise it answers 48001. `None` where
    /// no page says, or where the kind matters and is not known.
    pub fn may_call(&self, call: &Meta) -> Option<bool> {
        let verified = self.class == Class::Verified;
        let service = call.accounts.service.allows(verified);
        let subscription = call.accounts.subscription.allows(verified);
        match self.kind.get() {
            Ok(Kind::Service) => service,
            Ok(Kind::Subscription) => subscription,
            Err(_) => service.filter(|_| service == subscription),
        }
    }

    /// Whether WeChat takes service messages (客服消息) of this account: of those that are verified, of
    /// either kind.
    /// <https://developers.weixin.qq.com/doc/subscription/api/customer/message/api_sendcustommessage.html>
    pub fn takes_service_messages(&self) -> bool {
        self.may_call(&SendCustomMessage::META) != Some(false)
    }
}

#[cfg(test)]
mod tests {
    use crate::account::{Account, AccountError, AccountsFile, Class, Kind};
    use wechat_oa::api::{
        Endpoint as _, Meta, custom::SendCustomMessage, endpoint::Method, freepublish::Publish,
        mass::SendMass, menu::CreateMenu, template::SendTemplateMessage,
    };

    fn account(kind: Option<Kind>, class: Class) -> Account {
        let file = "[accounts.a]\napp_id = \"wx1\"\noriginal_id = \"gh_1\"\nkind = \"service\"\ntoken = \"abc\"\n\
                    mode = \"plain\"\napp_secret = \"0123456789abcdef0123456789abcdef\"\n";
        let file = AccountsFile::parse(file).unwrap();
        let reason = "wrong".to_owned();
        Account {
            kind: kind.ok_or(AccountError::File { reason }).into(),
            class,
            ..file.accounts[0].account.clone()
        }
    }

    /// What each may: service accounts, subscription accounts, those of no kind known; verified ones first.
    fn may(call: Meta) -> [Option<bool>; 6] {
        use Class::{Unverified, Verified};
        let (service, subscription) = (Some(Kind::Service), Some(Kind::Subscription));
        [
            (service, Verified),
            (service, Unverified),
            (subscription, Verified),
            (subscription, Unverified),
            (None, Verified),
            (None, Unverified),
        ]
        .map(|(kind, class)| account(kind, class).may_call(&call))
    }

    #[test]
    fn the_page_of_a_call_says_who_may_make_it() {
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(may(SendCustomMessage::META), [yes, no, yes, no, yes, no]);
        assert_eq!(may(SendTemplateMessage::META), [yes, no, no, no, None, no]);
        assert_eq!(may(SendMass::META), [yes, no, no, no, None, no]);
        assert_eq!(may(CreateMenu::META), [yes, yes, yes, no, yes, None]);
        assert_eq!(may(Publish::META), [yes, None, yes, no, yes, None]);
        assert_eq!(may(Meta::unlisted(Method::Post)), [None; 6]);
    }

    #[test]
    fn service_messages_are_for_those_that_are_verified() {
        for kind in [Some(Kind::Service), Some(Kind::Subscription), None] {
            assert!(account(kind, Class::Verified).takes_service_messages());
            assert!(!account(kind, Class::Unverified).takes_service_messages());
        }
    }
}
