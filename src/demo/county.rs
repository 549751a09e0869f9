//! A county for the pages to show: 12 alliances, 40 schools, their bells, teachers and timetable, and what became of the lessons of the term so far.
//! Invented, from a fixed seed; the kinds and sizes are those of real counties.

use super::schools::REGION;
use crate::failure::Failure;
use protocol::LessonState;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use signaling::account::admin::hash_password;
use signaling::schedule::{Only, make_lessons};
use signaling::store::{
    Alliance, BellPeriod, BellPlan, Classroom, ClassroomKind, Delivery, Device, Entry, Grant, LessonKind, LessonList, Member, MemberRole, Pairing, Person,
    PersonRole, PlannedLesson, Receiver, School, SchoolKind, Scope, Store, StoreError, Term, TermDay, TermDayKind,
};
use std::collections::HashMap;
use timetable::{Calendar, Cause, Date, Zone};

const ALLIANCES: usize = 12;
const SCHOOLS: usize = 40;
/// Host classrooms of a leading school.
const HOSTS: usize = 2;
const PERIODS: u8 = 7;
const DAY_MS: u64 = 86_400_000;
const WEEK_MS: u64 = 7 * DAY_MS;
/// A lesson begins at a round five minutes.
const ROUND_MS: u64 = 300_000;
/// Weeks of the term before and after the present one.
const BEFORE: u64 = 10;
const AFTER: u64 = 8;

const PLACES: [&str; 40] = [
    "城关",
    "云岭",
    "青石",
    "石门",
    "白水河",
    "红岩",
    "梨园",
    "柳树沟",
    "大坪",
    "双河",
    "马鞍",
    "清溪",
    "龙泉",
    "松林",
    "长岭",
    "太平",
    "竹园",
    "金山",
    "平安",
    "高桥",
    "桃花",
    "茶山",
    "板桥",
    "新坪",
    "杨柳",
    "石板",
    "黄泥",
    "响水",
    "银杏",
    "三岔",
    "油坊",
    "麻柳",
    "天池",
    "凤凰",
    "观音",
    "沙坝",
    "枫木",
    "雷家",
    "核桃",
    "雪山",
];
const SUBJECTS: [&str; 6] = ["音乐", "美术", "英语", "科学", "信息科技", "体育与健康"];
const SURNAMES: [&str; 20] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗"];
const GIVEN: [&str; 20] = [
    "晓岚", "建国", "丽华", "志强", "秀英", "文静", "海燕", "国庆", "玉兰", "思远", "雨桐", "春梅", "永红", "立新", "小芳", "俊杰", "雪梅", "德明", "亚楠",
    "佳怡",
];

/// Somebody to sign in as.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// What it signs in with.
    pub(crate) login: &'static str,
    /// Made anew with each start.
    pub(crate) password: String,
    /// Its page.
    pub(crate) page: &'static str,
    /// What it is and sees.
    pub(crate) what: &'static str,
}

/// Whom the register gets for it.
struct Role {
    login: &'static str,
    name: &'static str,
    school: Option<&'static str>,
    role: PersonRole,
    page: &'static str,
    what: &'static str,
}

const ROLES: [Role; 3] = [
    Role {
        login: "operator",
        name: "云岭县电教中心",
        school: None,
        role: PersonRole::CountyOperator,
        page: "county",
        what: "the county's operator: alliances, schools, opening rate",
    },
    Role {
        login: "admin",
        name: "城关小学教务处",
        school: Some("school-1"),
        role: PersonRole::SchoolAdmin,
        page: "school",
        what: "a school's administrator: timetable, rooms, teachers, devices",
    },
    Role {
        login: "teacher",
        name: "李晓岚",
        school: Some("school-1"),
        role: PersonRole::Teacher,
        page: "teacher",
        what: "a teacher: a lesson about to begin, and those of the week",
    },
];

/// Makes the county, unless it is there and its term goes on.
///
/// # Errors
/// The store refused.
pub(crate) async fn seed(store: &Store, zone: &Zone, now_ms: u64) -> Result<(), Failure> {
    let failed = || Failure::room::<signaling::schedule::ScheduleError>("making the demo's county");
    let county = County { store, zone, now_ms };
    county.make().await.map_err(failed())?;
    county.soon().await.map_err(Failure::room("making the demo's next lesson"))
}

/// Gives those who can sign in new passwords.
///
/// # Errors
/// The store refused.
pub(crate) async fn accounts(store: &Store) -> Result<Vec<Account>, Failure> {
    let mut accounts = Vec::new();
    for Role { login, page, what, .. } in ROLES {
        let password: String = (0..12).map(|_| char::from(*b"abcdefghjkmnpqrstuvwxyz23456789".choose(&mut rand::rng()).unwrap_or(&b'a'))).collect();
        let hash = hash_password(&password).await.ok_or_else(|| Failure::Room { what: "making passwords", reason: "no randomness".to_owned() })?;
        store.set_password(&person_id(login), &hash, false).await.map_err(Failure::room("making passwords"))?;
        accounts.push(Account { login, password, page, what });
    }
    Ok(accounts)
}

fn person_id(login: &str) -> String {
    format!("demo-{login}")
}

struct County<'a> {
    store: &'a Store,
    zone: &'a Zone,
    now_ms: u64,
}

type Made<T> = Result<T, signaling::schedule::ScheduleError>;

impl County<'_> {
    async fn make(&self) -> Made<()> {
        let mut rng = StdRng::seed_from_u64(2026);
        if self.store.get::<School>(&school_id(0)).await?.is_none() {
            self.register(&mut rng).await?;
        }
        let today = self.day(self.now_ms);
        let terms: Vec<Term> = self.store.list(&signaling::store::List::default()).await?;
        if terms.iter().any(|term| term.id.starts_with("demo-") && term.first_day <= today && today <= term.last_day) {
            return Ok(());
        }
        let term = self.term().await?;
        self.timetable(&term, &mut rng).await?;
        // As if it had been made before the term began.
        let begun_ms = self.now_ms - (BEFORE + 2) * WEEK_MS;
        make_lessons(self.store, &term.id, self.zone, begun_ms, Only::All).await?;
        Ok(self.history(&term, &mut rng).await?)
    }

    fn day(&self, at_ms: u64) -> String {
        self.zone.wall(at_ms).map(|(day, _)| day.to_string()).unwrap_or_default()
    }

    async fn register(&self, rng: &mut StdRng) -> Result<(), StoreError> {
        let (store, now) = (self.store, self.now_ms);
        for school in 0..SCHOOLS {
            self.school(school, rng).await?;
        }
        for (alliance, place) in PLACES.into_iter().take(ALLIANCES).enumerate() {
            let member = |school: usize| {
                let role = if school < ALLIANCES { MemberRole::Lead } else { MemberRole::Paired };
                Member { school: school_id(school), role, from_day: "2025-09-01".into(), to_day: None }
            };
            let members = members(alliance).map(member).collect();
            let name = format!("{place}教育联盟");
            let row = Alliance { id: format!("alliance-{}", alliance + 1), region: REGION.into(), name, members, closed_ms: None, version: 1 };
            store.create(&row, now).await?;
        }
        self.people(rng).await
    }

    async fn school(&self, school: usize, rng: &mut StdRng) -> Result<(), StoreError> {
        let (store, now) = (self.store, self.now_ms);
        let (kind, name) = match school {
            0..ALLIANCES => (SchoolKind::Main, format!("{}小学", PLACES[school])),
            _ if school.is_multiple_of(3) => (SchoolKind::Point, format!("{}教学点", PLACES[school])),
            _ => (SchoolKind::Main, format!("{}村小学", PLACES[school])),
        };
        let uplink_kbit = Some([20_000, 50_000, 100_000][school % 3]);
        let row = School { region: Some(REGION.into()), uplink_kbit, ..School::new(school_id(school), name, kind) };
        store.create(&row, now).await?;
        let grades: &[&str] = if kind == SchoolKind::Point { &["二年级", "三年级"] } else { &["三年级", "四年级", "五年级"] };
        for (nth, grade) in grades.iter().enumerate() {
            let room = room_id(school, nth);
            store.create(&Classroom::new(&room, school_id(school), *grade), now).await?;
            let (id, bound_ms) = (format!("screen-{room}"), now - 12 * WEEK_MS);
            // No token has this hash: nobody can be this screen.
            let token_hash = id.clone();
            let device = Device { id, classroom: room, name: format!("{grade} 大屏"), token_hash, bound_ms, bound_by: None, revoked_ms: None, seen_ms: None };
            store.bind_device(&device).await?;
            store.touch_device(&device.id, now - rng.random_range(1..20) * 3_600_000).await?;
        }
        if school < ALLIANCES {
            for host in 0..HOSTS {
                let room = Classroom::new(host_id(school, host), school_id(school), format!("录播教室{}", host + 1));
                store.create(&Classroom { kind: ClassroomKind::Recording, ..room }, now).await?;
            }
        }
        // Bells differ from school to school: by five or ten minutes, here and there by a quarter of an hour.
        let first = 510 + [0, 0, 5, 10, 15][rng.random_range(0..5)];
        let period = |number: u8| {
            let long_break = if number > 4 { 110 } else { 0 };
            let start_min = first + u16::from(number - 1) * 50 + long_break;
            BellPeriod { number, start_min, end_min: start_min + 40 }
        };
        let periods = (1..=PERIODS).map(period).collect();
        let id = format!("bells-{}", school + 1);
        store.create(&BellPlan { id, school: school_id(school), name: "作息时间".into(), from_day: None, to_day: None, periods, version: 1 }, now).await
    }

    async fn people(&self, rng: &mut StdRng) -> Result<(), StoreError> {
        let (store, now) = (self.store, self.now_ms);
        for Role { login, name, school, role, .. } in ROLES {
            let region = school.is_none().then(|| REGION.to_owned());
            let scope = if school.is_some() { Scope::School } else { Scope::Everything };
            let own = school.map(str::to_owned);
            let person = Person { id: person_id(login), login: login.into(), name: name.into(), school: own, region, closed_ms: None, version: 1 };
            // A password comes with each start; until then there is none that lets in.
            store.create_person(&person, "", false, now).await?;
            self.give(&person.id, role, scope, school).await?;
        }
        for school in 0..SCHOOLS {
            for nth in 0..if school < ALLIANCES { 6 } else { 3 } {
                let (id, name) = (teacher_id(school, nth), format!("{}{}", SURNAMES[rng.random_range(0..20)], GIVEN[rng.random_range(0..20)]));
                let person = Person { login: id.clone(), id, name, school: Some(school_id(school)), region: None, closed_ms: None, version: 1 };
                store.create_person(&person, "", false, now).await?;
                let role = if school < ALLIANCES { PersonRole::Teacher } else { PersonRole::Assistant };
                self.give(&person.id, role, Scope::School, Some(&school_id(school))).await?;
            }
        }
        Ok(())
    }

    async fn give(&self, person: &str, role: PersonRole, scope: Scope, scope_id: Option<&str>) -> Result<(), StoreError> {
        let (id, scope_id) = (format!("grant-{person}"), scope_id.map(str::to_owned));
        self.store.give(&Grant { id, person: person.into(), role, scope, scope_id, from_ms: self.now_ms, to_ms: None, granted_by: None }).await
    }

    /// A term around today, with a holiday behind and one ahead. A demo that is first started at a weekend has lessons too: the day is a make-up day.
    async fn term(&self) -> Result<Term, StoreError> {
        let weekday = self.zone.wall(self.now_ms).map_or(0, |(day, _)| u64::from(day.weekday().to_monday_zero_offset().unsigned_abs()));
        let monday_ms = self.now_ms - weekday * DAY_MS;
        let (first_day, last_day) = (self.day(monday_ms - BEFORE * WEEK_MS), self.day(monday_ms + AFTER * WEEK_MS + 6 * DAY_MS));
        let holiday = |at_ms: u64, name: &str| TermDay { day: self.day(at_ms), kind: TermDayKind::Holiday, weekday: None, week: None, name: name.into() };
        let made_up = TermDay {
            day: self.day(monday_ms - 4 * WEEK_MS + 5 * DAY_MS),
            kind: TermDayKind::MakeUp,
            weekday: Some(5),
            week: None,
            name: "补上周五的课".into(),
        };
        let today = TermDay { day: self.day(self.now_ms), name: "周末补课".into(), ..made_up.clone() };
        let mut days =
            vec![holiday(monday_ms - 5 * WEEK_MS + 4 * DAY_MS, "校运动会"), made_up, holiday(monday_ms + 3 * WEEK_MS + 2 * DAY_MS, "全县教研活动日")];
        days.extend((weekday >= 5).then_some(today));
        days.sort_by(|one, other| one.day.cmp(&other.day));
        let term = Term { id: format!("demo-{first_day}"), region: None, name: term_name(&self.day(self.now_ms)), first_day, last_day, days, version: 1 };
        self.store.create(&term, self.now_ms).await?;
        Ok(term)
    }

    async fn timetable(&self, term: &Term, rng: &mut StdRng) -> Result<(), StoreError> {
        for alliance in 0..ALLIANCES {
            let mut rooms: Vec<String> = members(alliance).skip(1).flat_map(|school| (0..2).map(move |nth| room_id(school, nth))).collect();
            for weekday in 1..=5_u8 {
                for period in 1..=PERIODS {
                    rooms.shuffle(rng);
                    for host in (0..HOSTS).filter(|_| rng.random_bool(0.45)).collect::<Vec<_>>() {
                        let entry = self.entry(term, (alliance, host), (weekday, period), &rooms, rng);
                        self.store.create(&entry, self.now_ms).await?;
                    }
                }
            }
            for (nth, room) in rooms.iter().take(3).enumerate() {
                let (host_classroom, receiving_classroom) = (host_id(alliance, nth % HOSTS), room.clone());
                let (id, subject, term) = (format!("{}-pair-{alliance}-{nth}", term.id), SUBJECTS[nth].to_owned(), term.id.clone());
                let pairing = Pairing { id, host_classroom, receiving_classroom, subject, term, from_day: None, to_day: None, version: 1 };
                self.store.create(&pairing, self.now_ms).await?;
            }
        }
        Ok(())
    }

    fn entry(&self, term: &Term, (alliance, host): (usize, usize), (weekday, period): (u8, u8), rooms: &[String], rng: &mut StdRng) -> Entry {
        // The rooms are dealt out between the hosts, so that nobody receives two lessons at once.
        let half = rooms.len() / HOSTS;
        let mine = &rooms[host * half..(host + 1) * half];
        let count = rng.random_range(1..=mine.len().min(3));
        let (subject, grade) = (SUBJECTS[rng.random_range(0..SUBJECTS.len())], ["三", "四", "五"][rng.random_range(0..3)]);
        let kind = match rng.random_range(0..20) {
            0 => LessonKind::FamousTeacher,
            1 => LessonKind::FamousSchool,
            _ => LessonKind::Dedicated,
        };
        let interactive = kind == LessonKind::Dedicated;
        let weeks = ["all", "all", "all", "odd", "even"][rng.random_range(0..5)];
        let teacher = if (alliance, host) == (0, 0) && period <= 4 { person_id("teacher") } else { teacher_id(alliance, host * 3 + usize::from(weekday) % 3) };
        Entry {
            id: format!("{}-{alliance}-{host}-{weekday}-{period}", term.id),
            term: term.id.clone(),
            weekday,
            period,
            subject: subject.into(),
            title: format!("{grade}年级{subject}"),
            teacher,
            assistants: Vec::new(),
            host_classroom: host_id(alliance, host),
            receivers: mine.iter().take(count).map(|room| Receiver { classroom: room.clone(), interactive }).collect(),
            kind,
            weeks: weeks.into(),
            from_day: None,
            to_day: None,
            closed_ms: None,
            version: 1,
        }
    }

    /// A lesson of the demo's teacher that is about to begin, whatever the day and the hour; none where they are taken.
    async fn soon(&self) -> Result<(), StoreError> {
        let start_ms = (self.now_ms / ROUND_MS + 2) * ROUND_MS;
        let receiver = |school: usize| Receiver { classroom: room_id(school, 0), interactive: true };
        let lesson = PlannedLesson {
            id: format!("demo-soon-{}", start_ms / ROUND_MS),
            title: "三年级音乐《茉莉花》".into(),
            state: LessonState::Scheduled,
            entry: None,
            day: None,
            period: None,
            kind: Some(LessonKind::Dedicated),
            subject: Some("音乐".into()),
            teacher: Some(person_id("teacher")),
            assistants: Vec::new(),
            host_classroom: Some(host_id(0, 0)),
            receivers: members(0).take(3).map(receiver).collect(),
            start_ms,
            end_ms: start_ms + 40 * 60_000,
            reason: None,
            changed_by_hand: true,
            switches: None,
            version: 1,
        };
        match self.store.create_lessons(std::slice::from_ref(&lesson), self.now_ms).await {
            // Started twice in a few minutes, or in the middle of a school day.
            Err(StoreError::Clash { .. } | StoreError::Duplicate { .. }) => Ok(()),
            other => other,
        }
    }

    /// What became of the lessons that are over.
    async fn history(&self, term: &Term, rng: &mut StdRng) -> Result<(), StoreError> {
        let calendar = term.rules()?;
        let rooms: Vec<Classroom> = self.store.list(&signaling::store::List::default()).await?;
        let schools: HashMap<String, String> = rooms.into_iter().map(|room| (room.id, room.school)).collect();
        let mut after: Option<(u64, String)> = None;
        loop {
            let from = after.as_ref().map(|(start, id)| (*start, id.as_str()));
            let list = LessonList { term: Some(&term.id), after: from, limit: 2_000, ..LessonList::between(0, self.now_ms) };
            let lessons = self.store.planned_lessons(&list).await?;
            let whole = lessons.len() == 2_000;
            after = lessons.last().map(|lesson| (lesson.start_ms, lesson.id.clone()));
            let over: Vec<&PlannedLesson> = lessons.iter().filter(|lesson| lesson.end_ms < self.now_ms).collect();
            let deliveries: Vec<Delivery> = over.iter().flat_map(|lesson| outcome(lesson, &calendar, &schools, rng)).collect();
            let ids: Vec<&str> = over.iter().map(|lesson| lesson.id.as_str()).collect();
            self.store.end_lessons(&ids).await?;
            self.store.put_deliveries(&ids, &deliveries, self.now_ms).await?;
            if !whole {
                return Ok(());
            }
        }
    }
}

/// What a lesson was for each of its receivers: mostly delivered, some schools worse than others.
fn outcome(lesson: &PlannedLesson, calendar: &Calendar, schools: &HashMap<String, String>, rng: &mut StdRng) -> Vec<Delivery> {
    let day = lesson.day.as_deref().and_then(|day| day.parse::<Date>().ok());
    let own = day.and_then(|day| calendar.day(day)).map(|day| day.own);
    let week = own.map_or(0, |own| own.week);
    let sunday = calendar.monday_of(week).map(|monday| after(monday, 6));
    let host_school = lesson.host_classroom.as_ref().and_then(|room| schools.get(room)).cloned().unwrap_or_default();
    let host_fails = rng.random_bool(0.008);
    let one = |receiver: &Receiver| {
        let school = schools.get(&receiver.classroom).cloned().unwrap_or_default();
        let weak = school.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % 7 == 0;
        let cause = match rng.random_range(0..1_000) {
            _ if host_fails => Some(Cause::Host),
            0..30 => Some(Cause::Network),
            30..90 if weak => Some(Cause::Network),
            90..100 => Some(Cause::Power),
            100..115 => Some(Cause::Absent),
            115..120 => Some(Cause::Cancelled),
            _ => None,
        };
        let planned_s = (lesson.end_ms - lesson.start_ms) / 1_000;
        let flowed = if cause.is_none() { planned_s - rng.random_range(0..60) } else { planned_s * rng.random_range(0..6) / 10 };
        let there = !matches!(cause, Some(Cause::Absent | Cause::Cancelled | Cause::Host));
        let late_ms = rng.random_range(0..75) * 1_000;
        let asked = u32::from(receiver.interactive && cause.is_none());
        Delivery {
            lesson: lesson.id.clone(),
            classroom: receiver.classroom.clone(),
            term: calendar.term().to_owned(),
            week,
            week_end: sunday.map(|day| day.to_string()).unwrap_or_default(),
            school,
            host_school: host_school.clone(),
            subject: lesson.subject.clone().unwrap_or_default(),
            teacher: lesson.teacher.clone().unwrap_or_default(),
            start_ms: lesson.start_ms,
            cause,
            planned_s,
            received_s: if there { flowed } else { 0 },
            sent_s: if there && receiver.interactive { flowed } else { 0 },
            fault_s: if cause.is_some() { planned_s - flowed } else { rng.random_range(0..20) },
            first_join_ms: there.then_some(lesson.start_ms - 300_000 + late_ms),
            punctual: there && rng.random_bool(0.96),
            hands: asked * rng.random_range(0..5),
            calls: asked * rng.random_range(0..4),
            answers: asked * rng.random_range(0..3),
            speech_s: u64::from(asked) * rng.random_range(0..180),
            headcount: there.then(|| rng.random_range(8..42)),
        }
    };
    lesson.receivers.iter().map(one).collect()
}

/// The term that a day lies in, as schools call it: the first from August on, the second from February on.
fn term_name(day: &str) -> String {
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<i32>().ok()).unwrap_or_default();
    let (year, month) = (number(day.get(..4)), number(day.get(5..7)));
    let begun = if month >= 8 { year } else { year - 1 };
    format!("{begun}—{}学年第{}学期", begun + 1, if (2..8).contains(&month) { "二" } else { "一" })
}

/// So many days later.
fn after(day: Date, days: usize) -> Date {
    (0..days).fold(day, |day, _| day.tomorrow().unwrap_or(day))
}

/// The schools of an alliance: the leading one first.
fn members(alliance: usize) -> impl Iterator<Item = usize> {
    std::iter::once(alliance).chain((ALLIANCES..SCHOOLS).filter(move |school| school % ALLIANCES == alliance))
}

fn school_id(school: usize) -> String {
    format!("school-{}", school + 1)
}

fn room_id(school: usize, nth: usize) -> String {
    format!("room-{}-{}", school + 1, nth + 1)
}

fn host_id(school: usize, nth: usize) -> String {
    format!("studio-{}-{}", school + 1, nth + 1)
}

fn teacher_id(school: usize, nth: usize) -> String {
    format!("teacher-{}-{}", school + 1, nth + 1)
}
