//! Which app a page is looked at with, by its `User-Agent`. A hint for what to show: anybody can
//! send any.

/// An app and the machine it runs on.
///
/// ```
/// use shared::web::agent::{Agent, App, Device};
///
/// let agent = Agent::of("Mozilla/5.0 (iPhone) Mobile MicroMessenger/8.0.49");
/// assert_eq!((agent.app, agent.device), (App::Wechat, Device::Phone));
/// assert_eq!(Agent::of_browser("curl/8.5.0"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agent {
    pub app: App,
    pub device: Device,
}

/// The apps that matter to a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum App {
    /// 微信
    Wechat,
    /// 企业微信: it names itself `MicroMessenger` too, and `wxwork` besides.
    Wecom,
    /// Any other browser.
    Other,
}

/// The machines that matter to a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// A phone or a tablet.
    Phone,
    /// Windows, macOS or Linux.
    Desktop,
}

impl Agent {
    /// Reads the `User-Agent` header of a browser; none for a program that is none. Every browser
    /// calls itself `Mozilla`, the ones in apps too.
    pub fn of_browser(header: &str) -> Option<Self> {
        header.contains("Mozilla/").then(|| Self::of(header))
    }

    /// Reads a `User-Agent` header.
    pub fn of(header: &str) -> Self {
        let header = header.to_ascii_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| header.contains(word));
        let app = if says(&["wxwork/"]) {
            App::Wecom
        } else if says(&["micromessenger/"]) {
            App::Wechat
        } else {
            App::Other
        };
        // WeChat on a desktop names itself, although its user agent also names a phone.
        let desktop = says(&["windowswechat", "macwechat", "unifiedpc"]);
        let phone = says(&["mobile", "android", "iphone", "ipad", "openharmony"]);
        let device = if phone && !desktop {
            Device::Phone
        } else {
            Device::Desktop
        };
        Self { app, device }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_no_browsers() {
        for program in ["", "curl/8.5.0", "python-requests/2.32", "MicroMessenger"] {
            assert_eq!(Agent::of_browser(program), None, "{program}");
        }
        assert!(Agent::of_browser("Mozilla/5.0 (X11; Linux x86_64) Chrome/122.0").is_some());
    }

    #[test]
    fn apps_are_told_apart_on_phone_and_desktop() {
        use {App::*, Device::*};
        for (header, app, device) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49(0x1800312f) NetType/WIFI Language/zh_CN",
                Wechat,
                Phone,
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/122.0 Mobile Safari/537.36 XWEB/1220 MMWEBSDK/20240404 MicroMessenger/8.0.49.2600(0x28003137) WeChat/arm64 Weixin",
                Wechat,
                Phone,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/107.0 Safari/537.36 NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090a13) XWEB/9129",
                Wechat,
                Desktop,
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/116.0 Safari/537.36 MicroMessenger/6.8.0(0x16080000) MacWechat/3.8.7(0x13080712) XWEB/1191",
                Wechat,
                Desktop,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 wxwork/4.1.22 MicroMessenger/7.0.1 Language/zh",
                Wecom,
                Phone,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 Chrome/81.0 Safari/537.36 wxwork/4.1.6 (MicroMessenger/6.2) WindowsWechat MailPlugin_Electron",
                Wecom,
                Desktop,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36",
                Other,
                Desktop,
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1",
                Other,
                Phone,
            ),
            ("", Other, Desktop),
        ] {
            assert_eq!(Agent::of(header), Agent { app, device }, "{header}");
        }
    }
}
