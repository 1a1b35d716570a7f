//! Every endpoint there is, as data. `shared/tests/catalog.rs` holds it against the protocol's list.

use super::{
    Meta, base, blacklist, comment, custom, draft, endpoint::Method, freepublish, guide,
    kf_account, kf_record, kf_session, mass, material, media, menu, notify, oauth, qrcode, quota,
    shorten, subscribe_once, tag, template, ticket, token, user,
};

/// The tables of all families.
pub const FAMILIES: &[&[Meta]] = &[
    token::FAMILY,
    ticket::FAMILY,
    base::FAMILY,
    quota::FAMILY,
    media::FAMILY,
    material::FAMILY,
    draft::FAMILY,
    freepublish::FAMILY,
    comment::FAMILY,
    mass::FAMILY,
    guide::account::FAMILY,
    guide::group::FAMILY,
    guide::massjob::FAMILY,
    guide::buyer::FAMILY,
    guide::tag::FAMILY,
    guide::material::FAMILY,
    template::FAMILY,
    subscribe_once::FAMILY,
    notify::FAMILY,
    custom::FAMILY,
    kf_account::FAMILY,
    kf_session::FAMILY,
    kf_record::FAMILY,
    menu::FAMILY,
    user::FAMILY,
    tag::FAMILY,
    blacklist::FAMILY,
    qrcode::FAMILY,
    shorten::FAMILY,
    oauth::FAMILY,
];

/// All endpoints.
pub fn endpoints() -> impl Iterator<Item = &'static Meta> {
    FAMILIES.iter().copied().flatten()
}

/// The endpoint of that method and path, when it is in the catalog.
pub fn find(method: Method, path: &str) -> Option<&'static Meta> {
    endpoints().find(|meta| meta.method == method && meta.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_by_their_method() {
        assert_eq!(find(Method::Get, "/cgi-bin/token").unwrap().family, "token");
        assert!(find(Method::Post, "/cgi-bin/token").is_none());
    }
}
