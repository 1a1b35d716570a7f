//! A page of receivers: sorted, each once, packed for the table.

use super::BATCH;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use serde_json::Value;
use sha1::{Digest as _, Sha1};
use std::io::{Read as _, Write as _};
use wechat_oa::{api::Invalid, ids::OpenId};

/// Longest openid, in bytes: WeChat's have 28, and a full page of longer ones would not fit a row.
const LONGEST: usize = 32;
/// Longest page before packing, in bytes.
const UNPACKED: u64 = (BATCH * (LONGEST + 1)) as u64;

/// Receivers: sorted, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page(Vec<String>);

/// A packed page that does not unpack.
#[derive(Debug, thiserror::Error)]
#[error("packed receivers do not read: {0}")]
pub struct Unreadable(#[from] std::io::Error);

impl Page {
    /// Reads a list of openids: at most 10,000 of at most 32 bytes.
    ///
    /// # Errors
    /// The place of the first that is none: `openids[3]`.
    pub fn read(openids: &Value) -> Result<Self, Invalid> {
        let broken = |field: String, rule: &'static str| Invalid {
            field: field.into(),
            rule: rule.into(),
        };
        let listed = openids.as_array().filter(|list| list.len() <= BATCH);
        let listed = listed
            .ok_or_else(|| broken("openids".to_owned(), "must be an array of at most 10,000"))?;
        let mut read = Vec::with_capacity(listed.len());
        for (n, openid) in listed.iter().enumerate() {
            let text = openid.as_str().unwrap_or_default();
            if text.len() > LONGEST || OpenId::try_from(text).is_err() {
                let rule = "must be an openid: 1 to 32 letters, digits, '-' or '_'";
                return Err(broken(format!("openids[{n}]"), rule));
            }
            read.push(text.to_owned());
        }
        Ok(Self::of(read))
    }

    /// These receivers, sorted, each once.
    pub fn of(mut openids: Vec<String>) -> Self {
        openids.sort_unstable();
        openids.dedup();
        Self(openids)
    }

    /// The receivers, in order.
    pub fn openids(&self) -> &[String] {
        &self.0
    }

    /// Takes the receivers out.
    pub fn into_openids(self) -> Vec<String> {
        self.0
    }

    /// The page without a receiver; `None` where it does not have them.
    pub fn without(&self, openid: &str) -> Option<Self> {
        let place = self
            .0
            .binary_search_by(|one| one.as_str().cmp(openid))
            .ok()?;
        let mut left = self.0.clone();
        left.remove(place);
        Some(Self(left))
    }

    /// Names the page by what it holds and how many that are: the same receivers in another order
    /// are the same page.
    pub fn name(&self) -> String {
        let mut digest = Sha1::new();
        for openid in &self.0 {
            digest.update(openid);
            digest.update(b"\n");
        }
        let hex = hex::encode(digest.finalize());
        format!("{hex:.24}-{}", self.0.len())
    }

    /// The receivers of a page of that name.
    pub fn named_len(name: &str) -> u64 {
        let number = name.rsplit_once('-').map(|(_, number)| number);
        number.and_then(|n| n.parse().ok()).unwrap_or(0)
    }

    /// The page as it stands in a row: deflated lines, below 330 KB whatever is in it.
    pub fn pack(&self) -> Vec<u8> {
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::default());
        // Writing into memory does not fail.
        let _ = packer.write_all(self.0.join("\n").as_bytes());
        packer.finish().unwrap_or_default()
    }

    /// Reads a packed page.
    ///
    /// # Errors
    /// When the bytes are no packed page, or one that is too long.
    pub fn unpack(packed: &[u8]) -> Result<Self, Unreadable> {
        let mut lines = String::new();
        DeflateDecoder::new(packed)
            .take(UNPACKED)
            .read_to_string(&mut lines)?;
        Ok(Self(lines.lines().map(str::to_owned).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_page_is_its_receivers_in_any_order() {
        let page = Page::read(&json!(["oB", "oA", "oB"])).unwrap();
        assert_eq!(page.openids(), ["oA", "oB"]);
        let same = Page::read(&json!(["oA", "oB"])).unwrap();
        assert_eq!(page.name(), same.name());
        assert_eq!(Page::named_len(&page.name()), 2);
        let other = Page::read(&json!(["oAo", "B"])).unwrap();
        assert_ne!(page.name(), other.name());
        assert_eq!(Page::unpack(&page.pack()).unwrap(), page);
    }

    #[test]
    fn what_is_no_openid_is_named_by_its_place() {
        let field = |openids| Page::read(&openids).unwrap_err().field.into_owned();
        assert_eq!(field(json!("oA")), "openids");
        assert_eq!(field(json!(["oA", "o A"])), "openids[1]");
        assert_eq!(field(json!(["oA", 7])), "openids[1]");
        assert_eq!(field(json!(["o".repeat(33)])), "openids[0]");
        assert_eq!(field(json!(vec!["oA"; BATCH + 1])), "openids");
    }

    #[test]
    fn a_full_page_fits_a_row() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut openid = |_| -> String { (0..LONGEST).map(|_| random.alphanumeric()).collect() };
        let page = Page::of((0..BATCH).map(&mut openid).collect());
        let packed = page.pack();
        assert!(packed.len() < 390_000, "{}", packed.len());
        assert_eq!(Page::unpack(&packed).unwrap(), page);
        assert!(Page::unpack(b"\xff\xff\xff").is_err());
    }
}
