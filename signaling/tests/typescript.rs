//! Keeps `web-client/src/generated/api.ts` equal to the bodies of `/api/v1`. `make types` rewrites it.

#[path = "../protocol/tests/declarations/mod.rs"]
mod declarations;

use declarations::{Declarations, committed};
use signaling::api::view;
use signaling::store::{Alliance, BellPlan, Classroom, Entry, Pairing, Person, Region, School, Term};

#[test]
fn committed_typescript_is_current() {
    let mut all = Declarations::new();
    all.add::<Region>();
    all.add::<School>();
    all.add::<Classroom>();
    all.add::<Alliance>();
    all.add::<Pairing>();
    all.add::<Term>();
    all.add::<BellPlan>();
    all.add::<Entry>();
    all.add::<Person>();
    all.add::<view::Page<Person>>();
    all.add::<view::PersonView>();
    all.add::<view::SignIn>();
    all.add::<view::SessionView>();
    all.add::<view::OidcView>();
    all.add::<view::ChangePassword>();
    all.add::<view::SecondFactorSecret>();
    all.add::<view::SecondFactorCode>();
    all.add::<view::NewPerson>();
    all.add::<view::NewPersonView>();
    all.add::<view::UseReset>();
    all.add::<view::PlannedLessonView>();
    all.add::<view::LessonDraft>();
    all.add::<view::CancelLesson>();
    all.add::<view::JoinView>();
    all.add::<view::MakeReport>();
    all.add::<view::Followed>();
    all.add::<view::ImportReport>();
    all.add::<view::WindowView>();
    all.add::<view::NewDeviceCode>();
    all.add::<view::DeviceCodeView>();
    all.add::<view::BindDevice>();
    all.add::<view::DeviceView>();
    all.add::<view::Today>();
    all.add::<view::FeedTokenView>();
    all.add::<view::NewWebhookView>();
    all.add::<view::WebhookMessage>();
    all.add::<view::WebhookDeliveryView>();
    all.add::<view::AttendanceView>();
    all.add::<view::Headcount>();
    all.add::<view::AuditView>();
    all.add::<view::StatisticsView>();
    all.add::<view::DeliveryLine>();
    let text = String::from("// Generated from signaling and signaling/store by `make types`. Do not edit.\n");
    committed("api.ts", &(text + &all.text()));
}
