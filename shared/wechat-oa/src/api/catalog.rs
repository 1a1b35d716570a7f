//! Every endpoint there is, as data. Its tests hold it, and a sample of each call, against the protocol's list.

use super::{
    Meta, base, blacklist, comment, custom, draft, endpoint::Method, freepublish, guide,
    kf_account, kf_record, kf_session, mass, material, media, menu, notify, oauth, qrcode, quota,
    shorten, subscribe_once, tag, template, ticket, token, user,
};

/// The families there are: of each its table, and in tests its samples.
macro_rules! families {
    ($($family:ident),+ $(,)?) => {
        /// The tables of all families.
        pub const FAMILIES: &[&[Meta]] = &[$($family::FAMILY),+];

        #[cfg(test)]
        fn samples() -> Vec<super::sample::Sample> {
            let families = [$($family::samples()),+];
            families.into_iter().flatten().collect()
        }
    };
}

families!(
    token,
    ticket,
    base,
    quota,
    media,
    material,
    draft,
    freepublish,
    comment,
    mass,
    guide,
    template,
    subscribe_once,
    notify,
    custom,
    kf_account,
    kf_session,
    kf_record,
    menu,
    user,
    tag,
    blacklist,
    qrcode,
    shorten,
    oauth,
);

/// All endpoints.
///
/// ```
/// use wechat_oa::api::catalog::endpoints;
///
/// assert!(endpoints().all(|meta| meta.path.starts_with('/') && meta.page.starts_with("https://")));
/// ```
pub fn endpoints() -> impl Iterator<Item = &'static Meta> {
    FAMILIES.iter().copied().flatten()
}

/// The endpoint of that method and path, when it is in the catalog.
///
/// ```
/// use wechat_oa::api::{catalog, endpoint::Method};
///
/// assert_eq!(catalog::find(Method::Post, "/cgi-bin/menu/create").unwrap().family, "menu");
/// assert!(catalog::find(Method::Get, "/cgi-bin/menu/create").is_none());
/// ```
pub fn find(method: Method, path: &str) -> Option<&'static Meta> {
    endpoints().find(|meta| meta.method == method && meta.path == path)
}

#[cfg(test)]
mod tests;
