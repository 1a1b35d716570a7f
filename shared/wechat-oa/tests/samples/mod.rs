//! One request of every endpoint, with every field its page names.

mod account;
mod answers;
mod articles;
pub(crate) mod fields;
mod guide;
mod mass;
mod menu;
mod messages;
mod users;

use serde::de::DeserializeOwned;
use wechat_oa::{
    api::{Body, Download, Endpoint, Error, File, Meta, answer},
    ids::{AppId, OpenId},
};

/// A request as it travels, and how its answer is read.
pub(crate) struct Sample {
    pub(crate) meta: Meta,
    pub(crate) body: Body,
    pub(crate) read: fn(u16, Vec<u8>) -> Result<(), Error>,
}

pub(crate) fn all() -> Vec<Sample> {
    let families = [
        account::all(),
        articles::all(),
        guide::all(),
        mass::all(),
        menu::all(),
        messages::all(),
        users::all(),
    ];
    families.into_iter().flatten().collect()
}

/// A call that answers JSON.
fn call<E>(request: E) -> Sample
where
    E: Endpoint<Response: DeserializeOwned>,
{
    sample(&request, |status, body| {
        let body = answer::accept(E::META.path, status, body)?;
        let _: E::Response = answer::parse(E::META.path, &body)?;
        Ok(())
    })
}

/// A call that answers a file.
fn download<E>(request: E) -> Sample
where
    E: Endpoint<Response: From<Download>>,
{
    sample(&request, |status, body| {
        let bytes = answer::accept_bytes(E::META.path, status, body)?;
        let _ = E::Response::from(Download {
            content_type: None,
            file_name: None,
            bytes,
        });
        Ok(())
    })
}

/// A page for browsers.
fn page<E: Endpoint>(request: E) -> Sample {
    sample(&request, |_, _| Ok(()))
}

fn sample<E: Endpoint>(request: &E, read: fn(u16, Vec<u8>) -> Result<(), Error>) -> Sample {
    let body = Body::of(request);
    Sample {
        meta: E::META,
        body: body.unwrap_or_else(|error| panic!("{error}")),
        read,
    }
}

fn app_id() -> AppId {
    AppId::try_from("wx5f2c8a1d9e3b7046").unwrap()
}

fn openid() -> OpenId {
    OpenId::try_from("oT3x_uK9bqVwZ2m4LrNcY8dEfGhI").unwrap()
}

fn jpeg() -> File {
    File::new("m.jpg", b"\xff\xd8\xff\xe0".to_vec())
}
