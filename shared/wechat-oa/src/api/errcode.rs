//! What WeChat's error codes mean for the caller (protocol section 8).

mod explain;

pub use explain::{Explanation, explain};

/// Classes of codes, by what to do about them.
///
/// ```
/// use wechat_oa::api::{ErrorClass, Retry};
///
/// assert_eq!(ErrorClass::of(42_001), ErrorClass::Token);
/// assert_eq!(ErrorClass::of(-1).retry(), Retry::Soon);
/// assert_eq!(ErrorClass::of(45_009).retry(), Retry::NextWindow);
/// assert_eq!(ErrorClass::of(99_999), ErrorClass::Unknown);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// No error.
    Ok,
    /// The access token is refused: get another, once.
    Token,
    /// Busy: the same call may succeed in a moment.
    Transient,
    /// Too many calls this minute.
    Rate,
    /// An allowance of a day, a month or for good is used up.
    Quota,
    /// Done before; the answer may carry the id.
    Duplicate,
    /// This receiver cannot or will not be reached.
    Refused,
    /// The account may not make this call.
    Permission,
    /// The content is not allowed.
    Content,
    /// The caller's address is not allowed, or not yet.
    Ip,
    /// App id or secret are wrong.
    Config,
    /// The web authorisation has to start again.
    Oauth,
    Caller,
    /// A code that is not in the table.
    Unknown,
}

/// What helps against a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// The same call will be refused again.
    Never,
    /// The same call in a few seconds.
    Soon,
    /// The same call with another access token.
    NewToken,
    /// The same call in the next minute, and fewer of them.
    NextMinute,
    /// The same call when the allowance opens: at midnight in Beijing, or next month.
    NextWindow,
    /// The same call after somebody has set something right in the console.
    AfterFix,
}

impl Retry {
    /// The advice in one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Soon => "soon",
            Self::NewToken => "new_token",
            Self::NextMinute => "next_minute",
            Self::NextWindow => "next_window",
            Self::AfterFix => "after_fix",
        }
    }
}

impl ErrorClass {
    /// The class of a code.
    pub fn of(errcode: i64) -> Self {
        if errcode == 0 {
            return Self::Ok;
        }
        CODES
            .iter()
            .find(|(_, codes)| codes.binary_search(&errcode).is_ok())
            .map_or(Self::Unknown, |(class, _)| *class)
    }

    /// What helps. An unknown code counts as final; reads are repeated all the same.
    pub fn retry(self) -> Retry {
        match self {
            Self::Token => Retry::NewToken,
            Self::Transient => Retry::Soon,
            Self::Rate => Retry::NextMinute,
            Self::Quota => Retry::NextWindow,
            Self::Permission | Self::Ip | Self::Config => Retry::AfterFix,
            Self::Ok
            | Self::Duplicate
            | Self::Refused
            | Self::Content
            | Self::Oauth
            | Self::Caller
            | Self::Unknown => Retry::Never,
        }
    }

    /// The class in one word, as in WeChat's table; logs and metrics use it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            class => class.error_type().trim_start_matches("wechat_"),
        }
    }

    /// The same among all kinds of failures.
    pub(super) fn error_type(self) -> &'static str {
        match self {
            Self::Token => "wechat_token",
            Self::Transient => "wechat_transient",
            Self::Rate => "wechat_rate",
            Self::Quota => "wechat_quota",
            Self::Duplicate => "wechat_duplicate",
            Self::Refused => "wechat_refused",
            Self::Permission => "wechat_permission",
            Self::Content => "wechat_content",
            Self::Ip => "wechat_ip",
            Self::Config => "wechat_config",
            Self::Oauth => "wechat_oauth",
            Self::Caller => "wechat_caller",
            Self::Ok | Self::Unknown => "wechat_unknown",
        }
    }
}

/// Every code of WeChat's table, ascending within its class.
#[rustfmt::skip]
const CODES: &[(ErrorClass, &[i64])] = &[
    (ErrorClass::Token, &[40_001, 40_014, 42_001]),
    (ErrorClass::Transient, &[-1, 43_108, 45_085, 46_007, 61_450, 61_503, 89_247, 89_401, 9_300_826]),
    (ErrorClass::Rate, &[43_117, 45_011, 45_061, 45_066]),
    (ErrorClass::Quota, &[
        43_100, 45_009, 45_010, 45_018, 45_026, 45_028, 45_029, 45_040, 45_056, 45_057, 45_059, 45_074,
        45_093, 45_101, 45_104, 48_006, 65_305, 65_405, 65_410, 88_003, 200_012, 9_300_812, 9_300_813,
        9_300_816, 9_300_817, 9_300_818,
    ]),
    (ErrorClass::Duplicate, &[
        40_241, 44_007, 45_065, 45_081, 45_157, 65_406, 65_407, 65_408, 65_411, 88_005, 9_300_803,
    ]),
    (ErrorClass::Refused, &[
        43_004, 43_005, 43_006, 43_019, 43_101, 45_015, 45_047, 46_004, 48_002, 50_005, 65_302, 65_315,
    ]),
    (ErrorClass::Permission, &[
        43_104, 43_106, 43_116, 45_087, 45_102, 45_103, 45_501, 48_001, 48_003, 48_004, 48_008, 48_009,
        48_011, 48_013, 48_014, 48_015, 50_001, 50_002, 50_004, 53_404, 53_406, 88_000, 88_002, 88_011,
        200_011, 200_013, 9_300_802,
    ]),
    (ErrorClass::Content, &[40_155, 40_213, 40_214, 45_166, 45_168, 87_014]),
    (ErrorClass::Ip, &[
        40_090, 40_164, 45_035, 61_004, 89_501, 89_502, 89_503, 89_504, 89_505, 89_506, 89_507,
    ]),
    (ErrorClass::Config, &[40_002, 40_013, 40_125, 40_243, 41_002, 41_004, 61_023, 61_024]),
    (ErrorClass::Oauth, &[
        40_029, 40_030, 40_163, 40_226, 41_003, 41_008, 42_002, 42_003, 42_007, 50_006,
    ]),
    (ErrorClass::Caller, &[
        40_003, 40_004, 40_005, 40_006, 40_007, 40_008, 40_009, 40_010, 40_011, 40_012, 40_016, 40_017,
        40_018, 40_019, 40_020, 40_023, 40_025, 40_031, 40_032, 40_033, 40_035, 40_036, 40_037, 40_038,
        40_039, 40_053, 40_054, 40_055, 40_059, 40_060, 40_066, 40_097, 40_129, 40_130, 40_132, 40_137,
        40_152, 40_165, 40_166, 40_168, 40_193, 40_215, 41_001, 41_005, 41_006, 41_009, 41_011, 41_030,
        43_001, 43_002, 43_003, 43_102, 44_001, 44_002, 44_003, 44_004, 45_001, 45_002, 45_003, 45_004,
        45_005, 45_007, 45_008, 45_012, 45_013, 45_014, 45_016, 45_019, 45_058, 45_064, 45_067, 45_072,
        45_080, 45_083, 45_084, 45_098, 45_099, 45_109, 45_158, 45_159, 46_001, 46_003, 47_001, 47_002,
        47_003, 47_009, 48_005, 49_003, 53_405, 61_500, 61_501, 65_301, 65_303, 65_304, 65_316, 65_400, 65_401, 65_402, 65_403,
        65_404, 65_409, 65_412, 65_413, 65_414, 65_415, 65_416, 65_417, 76_021, 76_022, 88_001, 88_004, 88_007, 88_008,
        88_009, 88_010, 200_014, 200_016, 200_017, 200_018, 200_019, 200_020, 200_021, 9_300_801, 9_300_804,
        9_300_806, 9_300_807, 9_300_810, 9_300_811, 9_300_819, 9_300_823,
    ]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct File {
        codes: Vec<Code>,
    }

    #[derive(serde::Deserialize)]
    struct Code {
        code: i64,
        class: String,
    }

    #[test]
    fn the_table_is_the_one_of_the_protocol() {
        let file: File =
            serde_json::from_str(include_str!("../../../../tests/fixtures/errors.json")).unwrap();
        for Code { code, class } in &file.codes {
            assert_eq!(ErrorClass::of(*code).name(), class, "{code}");
        }
        let rows: usize = CODES.iter().map(|(_, codes)| codes.len()).sum();
        assert_eq!(rows + 1, file.codes.len(), "0 stands in no row");
    }

    #[test]
    fn codes_ascend_so_that_they_are_found() {
        for (class, codes) in CODES {
            assert!(codes.is_sorted(), "{class:?}");
        }
        assert_eq!(ErrorClass::of(99_999), ErrorClass::Unknown);
        assert_eq!(ErrorClass::of(i64::MIN), ErrorClass::Unknown);
        assert_eq!(ErrorClass::of(-1).retry(), Retry::Soon);
    }
}
