//! Web authorisations of an account (protocol 7.8), as pure decisions.

use std::collections::BTreeMap;

/// A code lives five minutes.
const CODE_MS: i64 = 300_000;
const ACCESS_MS: i64 = 7_200_000;
const REFRESH_MS: i64 = 30 * 86_400_000;

/// What a user allowed.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) openid: String,
    pub(crate) scope: String,
    /// The page was seen with a virtual account.
    pub(crate) snapshot: bool,
}

struct Code {
    grant: Grant,
    ends_ms: i64,
    used: bool,
}

/// The grants of one account: codes, and tokens with their end.
#[derive(Default)]
pub(crate) struct Web {
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, (Grant, i64)>,
    refresh: BTreeMap<String, (Grant, i64)>,
}

/// What a code or a refresh token is exchanged for.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    pub(crate) expires_in_s: i64,
    pub(crate) grant: Grant,
}

impl Web {
    pub(crate) fn allow(&mut self, code: String, grant: Grant, now_ms: i64) {
        let ends_ms = now_ms + CODE_MS;
        let code_of = Code {
            grant,
            ends_ms,
            used: false,
        };
        self.codes.insert(code, code_of);
    }

    /// Exchanges a code, once: 40029 unknown, 40163 used, 42003 too late.
    pub(crate) fn exchange(
        &mut self,
        code: &str,
        new: [String; 2],
        now_ms: i64,
    ) -> Result<Granted, i64> {
        let code = self.codes.get_mut(code).ok_or(40_029)?;
        if code.used {
            return Err(40_163);
        }
        if now_ms >= code.ends_ms {
            return Err(42_003);
        }
        code.used = true;
        let grant = code.grant.clone();
        let [access_token, refresh_token] = new;
        self.refresh
            .insert(refresh_token.clone(), (grant.clone(), now_ms + REFRESH_MS));
        Ok(self.grant(access_token, refresh_token, grant, now_ms))
    }

    /// A new access token for a refresh token: 40030 unknown, 42002 too late.
    pub(crate) fn renew(
        &mut self,
        refresh_token: &str,
        access_token: String,
        now_ms: i64,
    ) -> Result<Granted, i64> {
        let (grant, ends_ms) = self.refresh.get(refresh_token).cloned().ok_or(40_030)?;
        match now_ms < ends_ms {
            true => Ok(self.grant(access_token, refresh_token.to_owned(), grant, now_ms)),
            false => Err(42_002),
        }
    }

    fn grant(
        &mut self,
        access_token: String,
        refresh_token: String,
        grant: Grant,
        now_ms: i64,
    ) -> Granted {
        self.access
            .insert(access_token.clone(), (grant.clone(), now_ms + ACCESS_MS));
        Granted {
            access_token,
            refresh_token,
            expires_in_s: ACCESS_MS / 1_000,
            grant,
        }
    }

    /// What a token allows for an openid; none when the token is not of this account.
    pub(crate) fn check(
        &self,
        access_token: &str,
        openid: &str,
        now_ms: i64,
    ) -> Option<Result<Grant, i64>> {
        let (grant, ends_ms) = self.access.get(access_token)?;
        Some(match (now_ms < *ends_ms, grant.openid == openid) {
            (false, _) => Err(42_001),
            (true, false) => Err(40_003),
            (true, true) => Ok(grant.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> Web {
        let mut web = Web::default();
        let grant = Grant {
            openid: "o1".to_owned(),
            scope: "snsapi_base".to_owned(),
            snapshot: false,
        };
        web.allow("c".to_owned(), grant, 0);
        web
    }

    fn new(n: u8) -> [String; 2] {
        [format!("a{n}"), format!("r{n}")]
    }

    #[test]
    fn a_code_works_once_and_for_five_minutes() {
        let mut web = allowed();
        assert_eq!(web.exchange("x", new(1), 0).unwrap_err(), 40_029);
        assert!(web.exchange("c", new(1), CODE_MS - 1).is_ok());
        assert_eq!(web.exchange("c", new(2), CODE_MS - 1).unwrap_err(), 40_163);
        assert_eq!(
            allowed().exchange("c", new(1), CODE_MS).unwrap_err(),
            42_003
        );
    }

    #[test]
    fn tokens_end_and_are_renewed_for_a_month() {
        let mut web = allowed();
        web.exchange("c", new(1), 0).unwrap();
        assert!(web.check("a1", "o1", ACCESS_MS - 1).unwrap().is_ok());
        assert_eq!(web.check("a1", "o2", 0).unwrap().unwrap_err(), 40_003);
        assert_eq!(
            web.check("a1", "o1", ACCESS_MS).unwrap().unwrap_err(),
            42_001
        );
        assert!(web.renew("r1", "a2".to_owned(), REFRESH_MS - 1).is_ok());
        assert!(web.check("a2", "o1", REFRESH_MS).unwrap().is_ok());
        assert_eq!(
            web.renew("r1", "a3".to_owned(), REFRESH_MS).unwrap_err(),
            42_002
        );
        assert_eq!(web.renew("x", "a3".to_owned(), 0).unwrap_err(), 40_030);
    }
}
