//! Which addresses may be called: public ones alone. A name is resolved and judged in the very step
//! that the connection is made from, so that it cannot lead elsewhere a moment later.

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use thiserror::Error;

/// An address that is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be https on a public address; private, link-local and loopback ones are not called")]
pub(super) struct Private;

/// Whether a URL may be called, as far as it says; what its name leads to, [`Guard`] says. On a laptop
/// plain http reaches what runs there.
pub(super) fn check(url: &Url, is_local: bool) -> Result<(), Private> {
    let host = url.host_str().unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse();
    let fits = match (url.scheme(), literal) {
        (_, Ok(IpAddr::V4(Ipv4Addr::LOCALHOST))) => is_local,
        ("https", Ok(address)) => is_public(address),
        ("https", Err(_)) => !host.is_empty(),
        ("http", Err(_)) => is_local && host == "localhost",
        _ => false,
    };
    fits.then_some(()).ok_or(Private)
}

/// Resolves names to public addresses, on a laptop `localhost` as well.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    pub(super) is_local: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let is_here = self.is_local && name.as_str() == "localhost";
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let fits = |ip: IpAddr| is_public(ip) || (is_here && ip.is_loopback());
            let found: Vec<SocketAddr> = found.filter(|found| fits(found.ip())).collect();
            if found.is_empty() {
                return Err(Private.into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

/// Whether an address is one of the public internet, by the registries of special addresses:
/// <https://www.iana.org/assignments/iana-ipv4-special-registry/> and
/// <https://www.iana.org/assignments/iana-ipv6-special-registry/>.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => is_public_v4(address),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    const SPECIAL: [([u8; 4], u32); 14] = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        ([192, 0, 2, 0], 24),
        ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16),
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
        // Multicast, reserved and broadcast.
        ([224, 0, 0, 0], 3),
    ];
    let address = u32::from(address);
    let holds =
        |(net, bits): &([u8; 4], u32)| (address ^ u32::from_be_bytes(*net)) >> (32 - bits) == 0;
    !SPECIAL.iter().any(holds)
}

/// Global unicast is `2000::/3`; of it, `2001::/23`, documentation and 6to4 lead elsewhere.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let is_special = match a {
        0x2001 => b < 0x200 || b == 0xdb8,
        0x2002 | 0x3ffe => true,
        0x3fff => b < 0x1000,
        _ => false,
    };
    a >> 13 == 1 && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_not_public() {
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "169.254.170.2",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.170",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::7f00:1",
            "64:ff9b::a00:1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:a00:1::",
            "3fff::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.32.0.1",
            "169.253.0.1",
            "2400:3200::1",
            "2606:4700::1111",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn urls_are_judged_as_far_as_they_say() {
        let fits = |url: &str, is_local| check(&Url::parse(url).unwrap(), is_local).is_ok();
        for (url, in_the_cloud, on_a_laptop) in [
            ("https://a.cn/x", true, true),
            ("https://1.1.1.1/x", true, true),
            ("http://a.cn/x", false, false),
            ("http://1.1.1.1/x", false, false),
            ("https://10.0.0.1/", false, false),
            ("https://[::1]/", false, false),
            ("https://[fd00:ec2::254]/", false, false),
            ("https://2130706433/", false, true),
            ("https://0x7f.1/", false, true),
            ("https://169.254.169.254/latest", false, false),
            ("http://127.0.0.1:9100/", false, true),
            ("http://localhost:11434/v1", false, true),
            ("http://localhost.evil.cn/", false, false),
            ("http://127.0.0.2/", false, false),
            ("http://user@a.cn@127.0.0.2/", false, false),
            ("file:///etc/passwd", false, false),
        ] {
            assert_eq!(
                (fits(url, false), fits(url, true)),
                (in_the_cloud, on_a_laptop),
                "{url}"
            );
        }
    }
}
