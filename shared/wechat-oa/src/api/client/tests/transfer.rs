//! Files on their way up and down.

use super::{call::DOWNLOAD_LIMIT, *};
use crate::api::{
    material::{GetMaterial, Material},
    media::{GetMedia, Media, MediaKind, UploadMedia},
};
use std::io::{self, Cursor, Read};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A picture of 200,000 bytes that is opened anew each time, and how often it was.
fn streamed() -> (File, Counted) {
    let opened = Counted::default();
    let count = opened.clone();
    let picture = [b"\xff\xd8\xff".to_vec(), vec![7; 199_997]].concat();
    let open = move || {
        count.0.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(Cursor::new(picture.clone())) as Box<dyn Read + Send>)
    };
    (File::reader("p.jpg", 200_000, open).unwrap(), opened)
}

fn image(media: File) -> UploadMedia {
    let kind = MediaKind::Image;
    UploadMedia { kind, media }
}

fn media(bytes: impl Into<Vec<u8>>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(bytes, "image/jpeg")
}

fn get(media_id: &str) -> GetMedia {
    let media_id = media_id.into();
    GetMedia { media_id }
}

#[tokio::test]
async fn a_streamed_upload_is_whole_and_is_opened_anew_for_the_next_token() {
    let server = MockServer::start().await;
    answers(&server, 1, refuses(40001)).await;
    let kept = json!({"type": "image", "media_id": "m", "created_at": 1});
    answers(&server, 1, ResponseTemplate::new(200).set_body_json(kept)).await;
    let (file, opened) = streamed();
    let uploaded = client(&server).call(&image(file)).await.unwrap();
    assert_eq!(uploaded.media_id, "m");
    assert_eq!(opened.refusals(), 3, "once to look, once for each token");
    for request in server.received_requests().await.unwrap() {
        let sent = request.body.iter().filter(|byte| **byte == 7).count();
        assert_eq!(sent, 199_997);
        let length = request.headers.get("content-length").unwrap();
        assert_eq!(length.to_str().unwrap(), request.body.len().to_string());
        assert!(request.url.query().unwrap().contains("type=image"));
    }
}

#[tokio::test]
async fn a_file_that_is_gone_or_changed_is_not_sent() {
    let server = MockServer::start().await;
    answers(&server, 9, ResponseTemplate::new(200)).await;
    let folder = std::env::temp_dir().join(format!("transfer-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("p.jpg");
    std::fs::write(&path, b"\xff\xd8\xff\xe0").unwrap();
    let file = File::open(&path).unwrap();
    assert_eq!((file.name.as_str(), file.length()), ("p.jpg", 4));

    std::fs::write(&path, b"\xff\xd8\xff\xe0 and more").unwrap();
    let longer = client(&server).call(&image(file.clone())).await;
    assert_eq!(longer.unwrap_err().error_type(), "wechat_broken");
    std::fs::remove_dir_all(&folder).unwrap();
    let gone = client(&server).call(&image(file)).await.unwrap_err();
    assert_eq!(gone.error_type(), "file");
    assert_eq!(calls(&server).await, 0);
}

#[tokio::test]
async fn a_download_goes_to_the_writer_and_a_refusal_does_not() {
    let picture = [vec![0xff, 0xd8, 0xff], vec![9; 300_000]].concat();
    let server = MockServer::start().await;
    answers(&server, 1, ResponseTemplate::new(502)).await;
    answers(&server, 1, refuses(42001)).await;
    answers(&server, 1, media(picture.clone())).await;
    answers(&server, 1, refuses(40007)).await;
    let client = client(&server);
    let mut written = Vec::new();
    let got = client.download_to(&get("m"), &mut written).await.unwrap();
    assert!(matches!(got, Media::File(file) if file.bytes.is_empty()
        && file.content_type.as_deref() == Some("image/jpeg")));
    assert!(written == picture);
    let mut nothing = Vec::new();
    let refused = client.download_to(&get("m"), &mut nothing).await;
    assert_eq!(refused.unwrap_err().refusal().unwrap().errcode, 40007);
    assert!(nothing.is_empty());
}

#[tokio::test]
async fn json_that_stands_for_a_file_is_read_and_not_written() {
    let server = MockServer::start().await;
    let video = include_bytes!("../../../../../../tests/fixtures/responses/media_get_video.json");
    answers(&server, 1, media(*video)).await;
    let news = include_bytes!(
        "../../../../../../tests/fixtures/responses/material_get_material_news.json"
    );
    answers(&server, 1, media(*news)).await;
    let (client, mut written) = (client(&server), Vec::new());
    let got = client.download_to(&get("m"), &mut written).await.unwrap();
    assert!(matches!(got, Media::Video { video_url } if video_url.ends_with("?k=1")));
    let media_id = "m".into();
    let got = client.download(&GetMaterial { media_id }).await.unwrap();
    assert!(matches!(got, Material::Articles(articles) if articles.len() == 1));
    assert!(written.is_empty());
}

/// Answers every connection with those bytes and closes it; counts them.
async fn torn(answer: &'static [u8]) -> (String, Counted) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let calls = Counted::default();
    let count = calls.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.0.fetch_add(1, Ordering::SeqCst);
            let mut buffer = [0; 4096];
            drop(stream.read(&mut buffer).await);
            drop(stream.write_all(answer).await);
        }
    });
    (base, calls)
}

#[tokio::test]
async fn a_download_torn_on_the_way_is_an_error_and_not_begun_again() {
    let (base, calls) = torn(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n\xff\xd8\xff").await;
    let client = Client::new(quick(), Hosts::at(&[&base]), Counted::default());
    let mut written = Vec::new();
    let error = client.download_to(&get("m"), &mut written).await;
    assert_eq!(error.unwrap_err().error_type(), "wechat_broken");
    assert_eq!((written, calls.refusals()), (b"\xff\xd8\xff".to_vec(), 1));
    let error = client.download(&get("m")).await.unwrap_err();
    assert_eq!(error.error_type(), "wechat_broken");
    assert_eq!(calls.refusals(), 4, "in memory it is a read like any other");
}

/// A disk that is full.
struct Full;

impl tokio::io::AsyncWrite for Full {
    fn poll_write(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        _: &[u8],
    ) -> std::task::Poll<io::Result<usize>> {
        std::task::Poll::Ready(Err(io::ErrorKind::StorageFull.into()))
    }

    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_full_disk_and_a_file_without_end_are_errors() {
    let server = MockServer::start().await;
    answers(&server, 1, media(vec![0xff; 9])).await;
    answers(&server, 1, media(vec![0xff; DOWNLOAD_LIMIT + 1])).await;
    let client = client(&server);
    let full = client.download_to(&get("m"), &mut Full).await;
    assert_eq!(full.unwrap_err().error_type(), "file");
    let endless = client.download_to(&get("m"), &mut tokio::io::sink()).await;
    assert_eq!(endless.unwrap_err().error_type(), "wechat_too_long");
}
