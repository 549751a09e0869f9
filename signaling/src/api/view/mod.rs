//! Bodies of `/api/v1` that are not rows of the store as they stand.

mod account;
mod device;
mod lesson;
mod notice;
mod report;

pub use account::*;
pub use device::*;
pub use lesson::*;
pub use notice::*;
pub use report::*;

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use ts_rs::TS;
use utoipa::openapi::schema::{AllOfBuilder, ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// A part of a list, in a fixed order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; none: this is the last.
    pub next: Option<String>,
}

/// What was made or changed, and what became of the lessons that follow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Saved<T> {
    #[serde(flatten)]
    pub(crate) row: T,
    /// None where no lessons follow it, they could not be made now, or nothing was to be saved (`dry_run`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lessons: Option<MakeReport>,
}

impl<T: ToSchema> PartialSchema for Saved<T> {
    fn schema() -> RefOr<Schema> {
        let lessons = ObjectBuilder::new().property("lessons", Ref::from_schema_name(<MakeReport as ToSchema>::name()));
        let about = "What was saved, and what became of the lessons that follow it; these are missing where they could not be made now, and are made at night, and after a `dry_run`.";
        AllOfBuilder::new().item(Ref::from_schema_name(T::name())).item(lessons).description(Some(about)).into()
    }
}

impl<T: ToSchema> ToSchema for Saved<T> {
    fn name() -> Cow<'static, str> {
        format!("Saved{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend([(T::name().into_owned(), T::schema()), (<MakeReport as ToSchema>::name().into_owned(), MakeReport::schema())]);
        T::schemas(schemas);
        MakeReport::schemas(schemas);
    }
}

// Written out: the macro gives the pages of all types one name.
impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let items = ArrayBuilder::new().items(Ref::from_schema_name(T::name())).description(Some("The rows."));
        let next = ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null]));
        let next = next.description(Some("Give it as `cursor` for the next page; none: this is the last."));
        let page = ObjectBuilder::new().description(Some("A part of a list, in a fixed order."));
        page.property("items", items).property("next", next).required("items").required("next").into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("PageOf{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}
