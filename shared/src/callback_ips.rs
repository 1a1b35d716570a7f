//! Where WeChat pushes from: the addresses it tells of itself, for accounts that take pushes from nowhere else.

use crate::time::Timestamp;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, time::Duration};

/// How old a list is when WeChat is asked again.
const DUE: Duration = Duration::from_secs(3_600);
/// How old a list is that proves nothing any more: WeChat moves its servers.
const STALE: Duration = Duration::from_secs(86_400);

/// What `GET /cgi-bin/getcallbackip` told of an account's pushes
/// (<https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_the_WeChat_server_IP_address.html>).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackIps {
    /// Addresses and ranges, as WeChat writes them.
    #[serde(default)]
    pub ips: Vec<String>,
    /// When WeChat was asked.
    #[serde(rename = "at_ms", default)]
    pub at: Timestamp,
}

/// Where a push came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// One of WeChat's addresses.
    Wechat,
    /// Any other.
    Elsewhere,
    /// The list is too old, or does not read, to tell.
    Unknown,
}

impl CallbackIps {
    /// Whether WeChat is to be asked again.
    pub fn is_due(&self, now: Timestamp) -> bool {
        now >= self.at + DUE
    }

    /// Whether it names anybody; a list that does not replaces none.
    pub fn names_any(&self) -> bool {
        self.ranges().any(|range| range.is_some())
    }

    /// Where an address belongs. Of a list that reads in part it is not known who is missing, so that
    /// nobody is elsewhere.
    ///
    /// ```
    /// use shared::{callback_ips::{CallbackIps, Origin}, time::Timestamp};
    ///
    /// let now = Timestamp::from_secs(1_800_000_000);
    /// let list = CallbackIps { ips: vec!["101.226.103.0/25".into()], at: now };
    /// assert_eq!(list.origin("101.226.103.7", now), Origin::Wechat);
    /// assert_eq!(list.origin("203.0.113.7", now), Origin::Elsewhere);
    /// ```
    pub fn origin(&self, address: &str, now: Timestamp) -> Origin {
        let Ok(address) = address.parse::<IpAddr>() else {
            return Origin::Unknown;
        };
        let address = address.to_canonical();
        let mut ranges = self.ranges();
        if now >= self.at + STALE || !self.names_any() {
            Origin::Unknown
        } else if self
            .ranges()
            .flatten()
            .any(|range| range.contains(&address))
        {
            Origin::Wechat
        } else if ranges.any(|range| range.is_none()) {
            Origin::Unknown
        } else {
            Origin::Elsewhere
        }
    }

    fn ranges(&self) -> impl Iterator<Item = Option<IpNet>> {
        self.ips.iter().map(|text| range(text.trim()))
    }
}

/// An address is a range of one.
fn range(text: &str) -> Option<IpNet> {
    let single = |_| text.parse().map(|one: IpAddr| one.to_canonical().into());
    text.parse().or_else(single).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ms;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn list(ips: &[&str]) -> CallbackIps {
        CallbackIps {
            ips: ips.iter().map(|ip| (*ip).to_owned()).collect(),
            at: NOW,
        }
    }

    #[test]
    fn addresses_and_ranges_of_both_versions_are_told_apart() {
        let known = list(&[
            "101.226.103.0/25",
            " 203.0.113.7 ",
            "2402:4e00:8030::/47",
            "240e::1",
            "::ffff:198.51.100.9",
            "10.1.2.3/24",
        ]);
        for (address, origin) in [
            ("101.226.103.0", Origin::Wechat),
            ("101.226.103.127", Origin::Wechat),
            ("101.226.103.128", Origin::Elsewhere),
            ("203.0.113.7", Origin::Wechat),
            ("203.0.113.70", Origin::Elsewhere),
            ("::ffff:203.0.113.7", Origin::Wechat),
            ("198.51.100.9", Origin::Wechat),
            ("10.1.2.200", Origin::Wechat),
            ("2402:4e00:8031:ffff::1", Origin::Wechat),
            ("2402:4e00:8032::1", Origin::Elsewhere),
            ("240E:0::1", Origin::Wechat),
            ("::1", Origin::Elsewhere),
            ("", Origin::Unknown),
            ("203.0.113.7, 10.0.0.1", Origin::Unknown),
            ("203.0.113.007", Origin::Unknown),
        ] {
            assert_eq!(known.origin(address, NOW), origin, "{address}");
        }
    }

    #[test]
    fn a_list_that_is_old_empty_or_reads_in_part_refuses_nobody() {
        let known = list(&["101.226.103.0/25"]);
        let old = NOW + STALE;
        assert_eq!(known.origin("::1", old - ms(1)), Origin::Elsewhere);
        assert_eq!(known.origin("::1", old), Origin::Unknown);
        assert_eq!(known.origin("101.226.103.1", old), Origin::Unknown);
        for ips in [&[][..], &["101.226.103.0/33"], &["101.226.103.*", ""]] {
            let unread = list(ips);
            assert!(!unread.names_any());
            assert_eq!(unread.origin("101.226.103.1", NOW), Origin::Unknown);
        }
        let in_part = list(&["101.226.103.0/25", "wx-north"]);
        assert!(in_part.names_any());
        assert_eq!(in_part.origin("101.226.103.1", NOW), Origin::Wechat);
        assert_eq!(in_part.origin("203.0.113.7", NOW), Origin::Unknown);
    }

    #[test]
    fn wechat_is_asked_each_hour() {
        assert!(CallbackIps::default().is_due(NOW));
        let known = list(&["::1"]);
        assert!(!known.is_due(NOW + DUE - ms(1)) && known.is_due(NOW + DUE));
    }
}
