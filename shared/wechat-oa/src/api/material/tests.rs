use super::*;
use crate::api::body::{Body, Content};

fn article() -> NewsArticle {
    NewsArticle {
        title: "标题".into(),
        content: "<p>正文</p>".into(),
        thumb_media_id: "Th4mb".into(),
        ..NewsArticle::default()
    }
}

fn got(bytes: &[u8]) -> Material {
    Material::from(Download {
        content_type: None,
        file_name: None,
        bytes: bytes.to_vec(),
    })
}

#[test]
fn responses_are_those_of_the_fixtures() {
    let added: MaterialAdded = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/material_add_material.json"
    ))
    .unwrap();
    assert!(added.url.unwrap().starts_with("http://mmbiz.qpic.cn/"));
    let counts: MaterialCounts = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/material_get_materialcount.json"
    ))
    .unwrap();
    assert_eq!((counts.voice_count, counts.news_count), (1, 4));
    let list: MaterialList = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/material_batchget_material_news.json"
    ))
    .unwrap();
    assert_eq!((list.total_count, list.item_count), (1, 1));
    let item = list.item.first().unwrap();
    let news = item.content.as_ref().unwrap();
    assert_eq!(news.news_item.first().unwrap().title, "标题");
    assert_eq!(news.create_time, Some(1_735_690_000));
    assert_eq!((item.update_time, &item.name), (1_735_692_000, &None));
}

#[test]
fn material_comes_in_three_shapes() {
    let articles = got(include_bytes!(
        "../../../../../tests/fixtures/responses/material_get_material_news.json"
    ));
    let Material::Articles(articles) = articles else {
        panic!("{articles:?}")
    };
    assert_eq!(articles.first().unwrap().digest, "摘要");
    assert!(articles.first().unwrap().need_open_comment);
    let video = got(include_bytes!(
        "../../../../../tests/fixtures/responses/material_get_material_video.json"
    ));
    let Material::Video(video) = video else {
        panic!("{video:?}")
    };
    assert_eq!(video.down_url, "http://203.0.113.50/v.mp4");
    assert!(matches!(got(b"\x89PNG"), Material::File(_)));
}

#[test]
fn a_video_brings_its_description_as_json_in_the_form() {
    let video = AddMaterial {
        kind: MediaKind::Video,
        description: Some(VideoDescription {
            title: "标题".into(),
            introduction: "x \"y\"".into(),
        }),
        media: File::new("v.mp4", b"\0\0\0\x18ftypmp42".to_vec()),
    };
    let body = Body::of(&video).unwrap();
    assert_eq!(body.query, [("type".to_owned(), "video".to_owned())]);
    let Content::Form(fields, _) = body.content else {
        panic!("an upload is a form")
    };
    let text = r#"{"title":"标题","introduction":"x \"y\""}"#;
    let (name, value) = fields.first().unwrap();
    let said: serde_json::Value = serde_json::from_str(value).unwrap();
    assert_eq!(name, "description");
    assert_eq!(
        said,
        serde_json::from_str::<serde_json::Value>(text).unwrap()
    );
    let without = AddMaterial {
        description: None,
        ..video.clone()
    };
    assert_eq!(without.validate().unwrap_err().field, "description");
    let image = AddMaterial {
        kind: MediaKind::Image,
        ..video
    };
    assert_eq!(image.validate().unwrap_err().field, "description");
}

#[test]
fn articles_are_one_to_eight_and_pages_have_twenty() {
    let news = |count| AddNews {
        articles: vec![article(); count],
    };
    assert!(news(0).validate().is_err() && news(9).validate().is_err());
    assert_eq!(news(8).validate(), Ok(()));
    let mut broken = news(3);
    broken.articles[2].title.clear();
    assert_eq!(broken.validate().unwrap_err().field, "articles[2].title");
    let update = UpdateNews {
        media_id: "m".into(),
        index: 0,
        articles: NewsArticle::default(),
    };
    assert_eq!(update.validate().unwrap_err().field, "articles.title");
    for (count, fits) in [(0, false), (1, true), (20, true), (21, false)] {
        let list = ListMaterials {
            kind: MaterialKind::News,
            offset: 0,
            count,
        };
        assert_eq!(list.validate().is_ok(), fits, "{count}");
    }
}
