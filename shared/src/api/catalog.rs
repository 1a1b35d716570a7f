//! Every endpoint there is, as data.

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
    use crate::api::endpoint::Auth;
    use serde::Deserialize;
    use std::collections::BTreeSet;

    #[derive(Deserialize)]
    struct File {
        endpoints: Vec<Listed>,
    }

    #[derive(Deserialize)]
    struct Listed {
        family: String,
        method: String,
        path: String,
        auth: String,
        doc: String,
    }

    fn listed() -> Vec<Listed> {
        let text = include_str!("../../../tests/fixtures/endpoints.json");
        serde_json::from_str::<File>(text).unwrap().endpoints
    }

    #[test]
    fn each_endpoint_is_the_one_of_the_protocol() {
        let listed = listed();
        for meta in endpoints() {
            let method = format!("{:?}", meta.method).to_uppercase();
            let known = listed
                .iter()
                .find(|known| known.path == meta.path && known.method == method);
            let known = known.unwrap_or_else(|| panic!("{} is not listed", meta.path));
            assert_eq!(meta.family, known.family, "{}", meta.path);
            assert_eq!(meta.page, known.doc, "{}", meta.path);
            let open = known.auth != "access_token";
            assert_eq!(meta.auth == Auth::Open, open, "{}", meta.path);
        }
    }

    #[test]
    fn a_family_that_is_here_is_whole() {
        let present: BTreeSet<_> = endpoints()
            .map(|meta| (meta.family, meta.path.to_owned()))
            .collect();
        let families: BTreeSet<_> = present.iter().map(|(family, _)| *family).collect();
        for known in listed() {
            if let Some(family) = families.get(known.family.as_str()) {
                assert!(
                    present.contains(&(*family, known.path.clone())),
                    "{} lacks {}",
                    family,
                    known.path
                );
            }
        }
    }

    #[test]
    fn paths_are_found_by_their_method() {
        assert_eq!(find(Method::Get, "/cgi-bin/token").unwrap().family, "token");
        assert!(find(Method::Post, "/cgi-bin/token").is_none());
    }
}
