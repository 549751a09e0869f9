//! The register and its people over `/api/v1`: what a district's portal and the pages of county and school do with them.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::json;
use support::portal::Portal;
use support::{Folder, Running};

#[tokio::test]
async fn a_region_is_moved_by_who_is_above_it_and_never_into_itself() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let county = operator.person("county", None, "county_operator", "region", Some("c")).await;
    let region = |parent: Option<&str>, name: &str| json!({ "parent": parent, "level": "county", "name": name });
    let change = async |portal: &Portal<'_>, id: &str, body, version| {
        let reply = portal.send(&format!("PUT /regions/{id}"), body, Some(version)).await;
        (reply.status, reply.body)
    };
    assert_eq!(change(&county, "c", region(Some("p"), "苍江县"), 1).await.0, 200, "its own name");
    for parent in [None, Some("d")] {
        assert_eq!(change(&county, "c", region(parent, "苍江县"), 2).await.0, 403, "{parent:?}: out of the province's hands");
    }
    let inside = county.make("/regions", json!({ "parent": "c", "level": "county", "name": "开发区" })).await;
    let inside = inside["id"].as_str().unwrap();
    assert_eq!(county.send("POST /regions", region(None, "别处"), None).await.status, 404, "beside what it has");
    for (id, parent, version) in [("c", inside, 2), ("c", "c", 2), ("p", inside, 1)] {
        let (status, body) = change(&operator, id, region(Some(parent), "圈"), version).await;
        assert_eq!(status, 422, "{id} into {parent}: {body}");
    }
    assert_eq!(change(&operator, "c", region(Some("d"), "苍江县"), 2).await.0, 200);
    assert_eq!(operator.get("/regions?parent=d").await.body.matches("苍江县").count(), 1);
}
