//! Media, materials, drafts, publications and comments over HTTP.

use super::{
    APP, Caller, advance,
    callback::{Callback, Step},
    endpoints::assert_shape,
    fixture,
    sends::events,
    with,
};
use serde_json::{Value, json};

const DAY: i64 = 86_400_000;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n--xY not the end\x00\xff";

#[tokio::test]
async fn temporary_media_come_back_whole_for_three_days() {
    let caller = Caller::start("").await;
    let uploaded = caller
        .upload("/cgi-bin/media/upload?type=image", "a.png", PNG, "")
        .await;
    assert_shape(&uploaded, "media_upload");
    let id = uploaded["media_id"].as_str().unwrap();
    let path = format!("/cgi-bin/media/get?media_id={id}");
    assert_eq!(caller.bytes("GET", &path, Value::Null).await.body, PNG);
    let picture = json!({"touser": "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI", "msgtype": "image", "image": {"media_id": id}});
    caller
        .control(
            &format!("/_control/sends/{APP}"),
            json!({"check_window": false}),
        )
        .await;
    caller
        .expect(0, "/cgi-bin/message/custom/send", picture.clone())
        .await;
    advance(&caller.platform, 3 * DAY).await;
    assert_eq!(caller.get(&path).await["errcode"], 40_007);
    caller
        .expect(40_007, "/cgi-bin/message/custom/send", picture)
        .await;
    let thumb = caller
        .upload("/cgi-bin/media/upload?type=thumb", "t.jpg", b"\xff\xd8", "")
        .await;
    assert_shape(&thumb, "media_upload_thumb");
    let video = caller
        .upload("/cgi-bin/media/upload?type=video", "v.mp4", b"ftyp", "")
        .await;
    let id = video["media_id"].clone();
    let path = format!("/cgi-bin/media/get?media_id={}", id.as_str().unwrap());
    assert_shape(&caller.get(&path).await, "media_get_video");
    let turned = caller
        .post(
            "/cgi-bin/media/uploadvideo",
            json!({"media_id": id, "title": "T"}),
        )
        .await;
    assert_eq!(turned["type"], "video");
}

#[tokio::test]
async fn uploads_are_refused_by_kind_type_and_size() {
    let caller = Caller::start("").await;
    let code = |path: &'static str, name: &'static str, bytes: Vec<u8>| {
        let caller = &caller;
        async move {
            caller.upload(path, name, &bytes, "").await["errcode"]
                .as_i64()
                .unwrap_or_default()
        }
    };
    assert_eq!(
        code("/cgi-bin/media/upload?type=song", "a.mp3", vec![1]).await,
        40_004
    );
    assert_eq!(
        code("/cgi-bin/media/upload?type=image", "a.exe", vec![1]).await,
        40_005
    );
    assert_eq!(
        code("/cgi-bin/media/upload?type=image", "a.png", vec![]).await,
        44_001
    );
    assert_eq!(
        code("/cgi-bin/media/upload?type=thumb", "a.jpg", vec![1; 65_537]).await,
        40_012
    );
    assert_eq!(
        code(
            "/cgi-bin/media/upload?type=voice",
            "a.amr",
            vec![1; 2_097_153]
        )
        .await,
        40_010
    );
    assert_eq!(
        code("/cgi-bin/media/uploadimg", "a.gif", vec![1]).await,
        40_005
    );
    assert_eq!(code("/cgi-bin/media/uploadimg", "a.jpg", vec![1]).await, 0);
    caller
        .expect(41_005, "/cgi-bin/media/upload?type=image", json!({}))
        .await;
}

#[tokio::test]
async fn materials_are_listed_counted_and_deleted() {
    let caller = Caller::start("").await;
    let add = "/cgi-bin/material/add_material?type=";
    let image = caller
        .upload(&format!("{add}image"), "a.png", PNG, "")
        .await;
    assert_shape(&image, "material_add_material");
    let video = caller
        .upload(
            &format!("{add}video"),
            "v.mp4",
            b"ftyp",
            "{\"title\":\"T\",\"introduction\":\"D\"}",
        )
        .await;
    let (read, one) = (
        "/cgi-bin/material/get_material",
        |answer: &Value| json!({"media_id": answer["media_id"]}),
    );
    assert_eq!(caller.bytes("POST", read, one(&image)).await.body, PNG);
    assert_eq!(caller.post(read, one(&video)).await["description"], "D");
    let article =
        json!({"title": "标题", "content": "<p>正文</p>", "thumb_media_id": image["media_id"]});
    let news = caller
        .post("/cgi-bin/material/add_news", json!({"articles": [article]}))
        .await;
    assert_shape(
        &caller.post(read, one(&news)).await,
        "material_get_material_news",
    );
    assert_shape(
        &caller.get("/cgi-bin/material/get_materialcount").await,
        "material_get_materialcount",
    );
    let list = "/cgi-bin/material/batchget_material";
    let page = caller
        .post(list, json!({"type": "news", "offset": 0, "count": 20}))
        .await;
    assert_shape(&page, "material_batchget_material_news");
    caller
        .expect(
            40_097,
            list,
            json!({"type": "news", "offset": 0, "count": 21}),
        )
        .await;
    let menu =
        json!({"button": [{"type": "media_id", "name": "a", "media_id": image["media_id"]}]});
    caller.post("/cgi-bin/menu/create", menu).await;
    let delete = "/cgi-bin/material/del_material";
    caller.expect(48_005, delete, one(&image)).await;
    caller.get("/cgi-bin/menu/delete").await;
    assert_eq!(
        (
            caller.code(delete, one(&image)).await,
            caller.code(delete, one(&image)).await
        ),
        (0, 40_007)
    );
}

#[tokio::test]
async fn a_draft_is_published_and_commented() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let caller = Caller::start(&callback.url).await;
    let draft = fixture("requests/draft_add.json");
    caller
        .expect(40_007, "/cgi-bin/draft/add", draft.clone())
        .await;
    caller
        .control(
            &format!("/_control/sends/{APP}"),
            json!({"check_media": false}),
        )
        .await;
    let added = caller.post("/cgi-bin/draft/add", draft.clone()).await;
    assert_shape(&added, "draft_add");
    let change = json!({"media_id": added["media_id"], "index": 0, "articles": with(draft["articles"][0].clone(), "title", json!("新"))});
    caller.expect(0, "/cgi-bin/draft/update", change).await;
    assert_eq!(
        caller.post("/cgi-bin/draft/get", added.clone()).await["news_item"][0]["title"],
        "新"
    );
    assert_shape(
        &caller
            .post("/cgi-bin/draft/batchget", json!({"offset": 0, "count": 1}))
            .await,
        "draft_batchget",
    );
    assert_eq!(caller.get("/cgi-bin/draft/count").await["total_count"], 1);
    let published = caller
        .post("/cgi-bin/freepublish/submit", added.clone())
        .await;
    assert_shape(&published, "freepublish_submit");
    caller.expect(40_007, "/cgi-bin/draft/get", added).await;
    events(&callback, "PUBLISHJOBFINISH", 1).await;
    let status = caller
        .post("/cgi-bin/freepublish/get", published.clone())
        .await;
    assert_shape(&status, "freepublish_get_ok");
    let list = caller
        .post(
            "/cgi-bin/freepublish/batchget",
            json!({"offset": 0, "count": 20, "no_content": 1}),
        )
        .await;
    assert_eq!(list["item"][0]["article_id"], status["article_id"]);
    comments(&caller, &published["msg_data_id"]).await;
    let article = json!({"article_id": status["article_id"]});
    caller
        .expect(0, "/cgi-bin/freepublish/delete", article.clone())
        .await;
    let deleted = caller
        .post("/cgi-bin/freepublish/getarticle", article)
        .await;
    assert_eq!(deleted["news_item"][0]["is_deleted"], true);
    caller
        .expect(53_600, "/cgi-bin/freepublish/get", json!({"publish_id": 1}))
        .await;
}

async fn comments(caller: &Caller, id: &Value) {
    let write =
        json!({"msg_data_id": id, "openid": "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI", "content": "写得好"});
    caller
        .control(&format!("/_control/comments/{APP}"), write)
        .await;
    let one = json!({"msg_data_id": id, "user_comment_id": 1, "content": "谢谢"});
    caller
        .expect(0, "/cgi-bin/comment/reply/add", one.clone())
        .await;
    caller
        .expect(88_005, "/cgi-bin/comment/reply/add", one.clone())
        .await;
    caller
        .expect(0, "/cgi-bin/comment/markelect", one.clone())
        .await;
    let page = json!({"msg_data_id": id, "index": 0, "begin": 0, "count": 49, "type": 2});
    let list = caller.post("/cgi-bin/comment/list", page.clone()).await;
    assert_shape(&list, "comment_list");
    assert_eq!(list["comment"][0]["comment_type"], 1);
    caller
        .expect(0, "/cgi-bin/comment/unmarkelect", one.clone())
        .await;
    assert_eq!(
        caller.post("/cgi-bin/comment/list", page.clone()).await["total"],
        0
    );
    caller
        .expect(0, "/cgi-bin/comment/reply/delete", one.clone())
        .await;
    caller
        .expect(88_009, "/cgi-bin/comment/reply/delete", one.clone())
        .await;
    caller
        .expect(0, "/cgi-bin/comment/delete", one.clone())
        .await;
    caller.expect(88_008, "/cgi-bin/comment/delete", one).await;
    caller
        .expect(
            88_010,
            "/cgi-bin/comment/list",
            with(page, "count", json!(51)),
        )
        .await;
    caller
        .expect(88_001, "/cgi-bin/comment/open", json!({"msg_data_id": 1}))
        .await;
    caller
        .expect(0, "/cgi-bin/comment/close", json!({"msg_data_id": id}))
        .await;
}
