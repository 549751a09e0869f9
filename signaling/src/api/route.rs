//! The list of all routes of `/api/v1`: each with who may use it, its description, and its handler. The router, the OpenAPI document, the guard and the test
//! that tries every route as every role are made from this one list, so none can lack what another has.

use crate::access::Action;
use crate::hub::Hub;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{Content, ContentBuilder, Ref, RefOr, Required};

/// Below which path the routes are.
pub(crate) const BASE: &str = "/api/v1";

/// The largest body that is read, in bytes, unless a route says more.
const BODY: usize = 256 * 1024;

/// Who may use a route. What belongs to somebody is looked at once more by the handler, which knows whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Everybody; what it gives away or takes is bounded otherwise.
    Public,
    /// Who is signed in, about themselves; also before the password was changed or the second factor set up.
    Own,
    /// Who has a role that permits the action somewhere.
    May(Action),
    /// Who is signed in, for what they teach or assist; for more, who has a role that permits the action there. The handler looks at both.
    OwnOr(Action),
    /// A bound device, for what is in its classroom, or as [`Rule::OwnOr`].
    DeviceOr(Action),
    /// Who sends the token of a calendar feed, or as [`Rule::OwnOr`]. The handler looks whether it is the feed of the token.
    FeedOr(Action),
    /// Who sends a lesson token of the role `operator`, or who has a role that permits the action somewhere. The handler looks whether it is the token's lesson.
    OperatorOr(Action),
}

/// A route as it stands in the list.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) method: Method,
    /// With [`BASE`], as axum writes it.
    pub(crate) path: String,
    pub(crate) rule: Rule,
}

/// What the OpenAPI document says of a route.
pub(crate) struct Doc {
    summary: &'static str,
    tag: &'static str,
    parameters: Vec<Parameter>,
    body: Option<(Vec<&'static str>, RefOr<Schema>)>,
    answers: BTreeMap<u16, (String, Option<Content>)>,
    media: Vec<&'static str>,
    schemas: Vec<(String, RefOr<Schema>)>,
    limit: usize,
}

impl Doc {
    /// A route of a group, in one sentence.
    pub(crate) fn new(tag: &'static str, summary: &'static str) -> Self {
        Self { summary, tag, parameters: Vec::new(), body: None, answers: BTreeMap::new(), media: Vec::new(), schemas: Vec::new(), limit: BODY }
    }

    fn named<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let name = T::name().into_owned();
        T::schemas(&mut self.schemas);
        self.schemas.push((name.clone(), T::schema()));
        RefOr::Ref(Ref::from_schema_name(name))
    }

    /// Its body, as JSON.
    pub(crate) fn body<T: ToSchema>(mut self) -> Self {
        let schema = self.named::<T>();
        self.body = Some((vec!["application/json"], schema));
        self
    }

    /// A body that is not JSON but of one of these media types, up to so many bytes.
    pub(crate) fn bytes(mut self, media: &[&'static str], limit: usize) -> Self {
        let object = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
        self.body = Some((media.to_vec(), RefOr::T(object.into())));
        self.limit = limit;
        self
    }

    /// An answer with JSON.
    pub(crate) fn answer<T: ToSchema>(mut self, status: u16, what: &str) -> Self {
        let schema = self.named::<T>();
        let content = ContentBuilder::new().schema(Some(schema)).build();
        self.answers.insert(status, (what.to_owned(), Some(content)));
        self
    }

    /// An answer without a body.
    pub(crate) fn empty(mut self, status: u16, what: &str) -> Self {
        self.answers.insert(status, (what.to_owned(), None));
        self
    }

    /// An answer in other media types than JSON.
    pub(crate) fn media(mut self, media: &[&'static str], what: &str) -> Self {
        self.answers.insert(200, (what.to_owned(), None));
        self.media = media.to_vec();
        self
    }

    /// Refusals besides those of every route.
    pub(crate) fn refusals(mut self, refusals: &[u16]) -> Self {
        for status in refusals {
            self.answers.entry(*status).or_insert_with(|| (reason(*status).to_owned(), None));
        }
        self
    }

    /// A parameter in the query that may be missing.
    pub(crate) fn query(self, name: &str, about: &str, schema: Object) -> Self {
        self.parameter(name, about, schema, ParameterIn::Query, Required::False)
    }

    /// A parameter in the query that must be there.
    pub(crate) fn needs(self, name: &str, about: &str, schema: Object) -> Self {
        self.parameter(name, about, schema, ParameterIn::Query, Required::True)
    }

    /// A header that must be there.
    pub(crate) fn if_match(self) -> Self {
        let schema = ObjectBuilder::new().schema_type(Type::String).build();
        let doc = self.parameter("If-Match", "The entity tag of what was read, `\"<version>\"`.", schema, ParameterIn::Header, Required::True);
        doc.refusals(&[412, 428])
    }

    fn parameter(mut self, name: &str, about: &str, schema: Object, place: ParameterIn, required: Required) -> Self {
        let parameter = ParameterBuilder::new().name(name).parameter_in(place).required(required).description(Some(about));
        self.parameters.push(parameter.schema(Some(Schema::Object(schema))).build());
        self
    }

    /// What a page of a list is asked with.
    pub(crate) fn page(self) -> Self {
        let doc = self.query("cursor", "`next` of the page before.", text(200));
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(1_000)).build();
        doc.query("limit", "At most so many, 1 to 1,000; 200 where it is missing.", number).refusals(&[400])
    }

    fn operation(self, path: &str, id: String, rule: Rule) -> (Operation, Vec<(String, RefOr<Schema>)>) {
        let (mut doc, signed) = (self, rule != Rule::Public);
        let refusals: &[u16] = if signed { &[401, 403, 503] } else { &[429, 503] };
        doc = doc.refusals(refusals);
        let names: Vec<String> = path.split('{').skip(1).filter_map(|part| part.split('}').next()).map(str::to_owned).collect();
        if !names.is_empty() {
            doc = doc.refusals(&[404]);
        }
        for name in &names {
            doc = doc.parameter(name, "The id.", id_schema(), ParameterIn::Path, Required::True);
        }
        if doc.body.is_some() {
            doc = doc.refusals(&[400, 413, 415, 422]);
        } else if doc.parameters.iter().any(|parameter| matches!(parameter.parameter_in, ParameterIn::Query)) {
            doc = doc.refusals(&[400]);
        }
        let mut operation = OperationBuilder::new().summary(Some(doc.summary)).tag(doc.tag).operation_id(Some(id)).parameters(Some(doc.parameters));
        if let Some((media, schema)) = doc.body {
            let content = || ContentBuilder::new().schema(Some(schema.clone())).build();
            let body = media.into_iter().fold(RequestBodyBuilder::new(), |body, media| body.content(media, content()));
            operation = operation.request_body(Some(body.required(Some(Required::True)).build()));
        }
        for (status, (what, content)) in doc.answers {
            let mut response = ResponseBuilder::new().description(what);
            match content {
                Some(content) => response = response.content("application/json", content),
                None if status == 200 => {
                    for media in &doc.media {
                        response = response.content(*media, Content::default());
                    }
                }
                None if status >= 400 => {
                    let schema = RefOr::Ref(Ref::from_schema_name("Problem"));
                    response = response.content("application/problem+json", ContentBuilder::new().schema(Some(schema)).build());
                }
                None => {}
            }
            operation = operation.response(status.to_string(), response.build());
        }
        (operation.build(), doc.schemas)
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        400 => "The request cannot be read.",
        401 => "Nobody is signed in.",
        403 => "Not permitted.",
        404 => "There is none, or it belongs to somebody else.",
        409 => "It clashes with what is there.",
        412 => "It was changed since it was read.",
        413 => "The body is too large.",
        415 => "The body has another media type.",
        422 => "A value is not usable.",
        428 => "`If-Match` is missing.",
        429 => "Too many attempts; `Retry-After` says when.",
        _ => "Not available now; `Retry-After` says when.",
    }
}

/// A text of up to so many characters.
pub(crate) fn text(most: usize) -> Object {
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(most)).build()
}

/// A text that is one of these.
pub(crate) fn one_of<T: Into<String> + Serialize>(words: impl IntoIterator<Item = T>) -> Object {
    let words: Vec<serde_json::Value> = words.into_iter().map(|word| serde_json::Value::String(word.into())).collect();
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

/// An id.
pub(crate) fn id_schema() -> Object {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-Za-z0-9_-]{1,64}$")).build()
}

/// A moment, in milliseconds since 1970 (UTC).
pub(crate) fn moment() -> Object {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(253_402_300_799_000_u64)).build()
}

/// A week of a term.
pub(crate) fn week() -> Object {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(u8::MAX)).build()
}

/// Yes or no.
pub(crate) fn truth() -> Object {
    ObjectBuilder::new().schema_type(Type::Boolean).build()
}

/// Rules by method and path.
#[derive(Debug, Default)]
pub(crate) struct Rules(HashMap<(Method, String), Rule>);

impl Rules {
    /// The rule of a route; one without a rule is for nobody.
    pub(crate) fn of(&self, method: &Method, path: &str) -> Option<Rule> {
        // A head is asked for as what it is the head of.
        let method = if method == Method::HEAD { Method::GET } else { method.clone() };
        self.0.get(&(method, path.to_owned())).copied()
    }
}

/// The list while it is made.
#[derive(Default)]
pub(crate) struct Routes {
    router: Router<Arc<Hub>>,
    routes: Vec<Route>,
    paths: utoipa::openapi::Paths,
    schemas: BTreeMap<String, RefOr<Schema>>,
}

impl Routes {
    /// Adds a route.
    pub(crate) fn add<H, T>(&mut self, method: Method, path: &str, rule: Rule, doc: Doc, handler: H)
    where
        H: Handler<T, Arc<Hub>>,
        T: 'static,
    {
        let path = format!("{BASE}{path}");
        let limit = doc.limit;
        let (operation, schemas) = doc.operation(&path, operation_id(&method, &path), rule);
        self.schemas.extend(schemas);
        self.paths.add_path_operation(&path, vec![http_method(&method)], operation);
        if let Ok(filter) = MethodFilter::try_from(method.clone()) {
            self.router = std::mem::take(&mut self.router).route(&path, on(filter, handler).layer(DefaultBodyLimit::max(limit)));
        }
        self.routes.push(Route { method, path, rule });
    }

    /// The router, the rules, the OpenAPI document and the list.
    pub(crate) fn finish(mut self) -> (Router<Arc<Hub>>, Rules, utoipa::openapi::OpenApi, Vec<Route>) {
        let rules = Rules(self.routes.iter().map(|route| ((route.method.clone(), route.path.clone()), route.rule)).collect());
        self.schemas.insert("Problem".to_owned(), <super::problem::ProblemBody as utoipa::PartialSchema>::schema());
        let info = utoipa::openapi::InfoBuilder::new().title("Tongke").version(env!("CARGO_PKG_VERSION")).description(Some(ABOUT)).build();
        let mut components = utoipa::openapi::Components::new();
        components.schemas.extend(self.schemas);
        let document = utoipa::openapi::OpenApiBuilder::new().info(info).paths(self.paths).components(Some(components)).build();
        (self.router, rules, document, self.routes)
    }
}

const ABOUT: &str = "Schools, people, the timetable and its lessons. Sign in with `POST /api/v1/session`: the cookie it sets is the session. \
                     Lists are pages: `next` of one is `cursor` of the following. What has a `version` is changed with `If-Match`. \
                     Every refusal is a problem (RFC 9457).";

fn operation_id(method: &Method, path: &str) -> String {
    let parts = path.trim_start_matches(BASE).split('/').filter(|part| !part.is_empty());
    let parts = parts.map(|part| part.trim_matches(['{', '}']).replace('-', "_"));
    std::iter::once(method.as_str().to_ascii_lowercase()).chain(parts).collect::<Vec<_>>().join("_")
}

fn http_method(method: &Method) -> HttpMethod {
    match *method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::DELETE => HttpMethod::Delete,
        Method::PATCH => HttpMethod::Patch,
        _ => HttpMethod::Get,
    }
}
