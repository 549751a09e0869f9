//! Who may do what over `/api/v1`: one table, everything else is refused.
//!
//! A [`Grant`](crate::store::Grant) gives a person a role in a scope. The table says what a role may; [`Geography`] says what a scope covers. A person may
//! do something to a thing when one grant both has the action in its row and covers where the thing is.

mod geography;

pub use geography::{Geography, Place};

use crate::store::{Grant, PersonRole, Scope};

/// What the table gives or refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See regions, schools, classrooms, alliances, pairings, terms and bells.
    ReadRegister,
    /// Make and change regions.
    ManageRegions,
    /// Make, change and close schools.
    ManageSchools,
    /// Make, change and close classrooms, and change the bells.
    ManageClassrooms,
    /// Make, change and close alliances.
    ManageAlliances,
    /// Make and change pairings.
    ManagePairings,
    /// Make and change terms with their holidays.
    ManageTerms,
    /// See the people of a school.
    ReadPeople,
    /// See who may assist in a classroom, by name alone; also in those of the schools one's own is allied with, for lessons that they receive.
    ReadAssistants,
    /// Make, change and close people, give roles below one's own, reset passwords.
    ManagePeople,
    /// See devices.
    ReadDevices,
    /// Bind and revoke devices.
    ManageDevices,
    /// See entries and lessons.
    ReadTimetable,
    /// Make, change and close entries; import; make, move, cancel lessons.
    ManageTimetable,
    /// Come into a lesson one teaches or assists.
    JoinOwnLessons,
    /// Say how many pupils are in a classroom; in all classrooms of a lesson who teaches or assists it.
    CountPupils,
    /// Look into any lesson.
    ObserveLessons,
    /// Watch the figures of running lessons.
    WatchLessons,
    /// Pause, forbid, switch and shut down in running lessons.
    ManageLive,
    /// See statistics.
    ReadStatistics,
    /// See who did what.
    ReadAudit,
    /// Have events told to other services.
    ManageWebhooks,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::ReadRegister,
        Self::ManageRegions,
        Self::ManageSchools,
        Self::ManageClassrooms,
        Self::ManageAlliances,
        Self::ManagePairings,
        Self::ManageTerms,
        Self::ReadPeople,
        Self::ReadAssistants,
        Self::ManagePeople,
        Self::ReadDevices,
        Self::ManageDevices,
        Self::ReadTimetable,
        Self::ManageTimetable,
        Self::JoinOwnLessons,
        Self::CountPupils,
        Self::ObserveLessons,
        Self::WatchLessons,
        Self::ManageLive,
        Self::ReadStatistics,
        Self::ReadAudit,
        Self::ManageWebhooks,
    ];
}

/// The table: what each role may, within its scope.
pub fn permits(role: PersonRole, action: Action) -> bool {
    use Action as A;
    let actions: &[Action] = match role {
        PersonRole::Teacher => &[A::ReadRegister, A::ReadTimetable, A::JoinOwnLessons],
        PersonRole::Assistant => &[A::ReadRegister, A::ReadTimetable, A::JoinOwnLessons, A::CountPupils],
        PersonRole::Observer => &[A::ReadRegister, A::ReadTimetable, A::ObserveLessons],
        PersonRole::Inspector => &[A::ReadRegister, A::ReadTimetable, A::ObserveLessons, A::ReadStatistics],
        PersonRole::LibraryEditor => &[A::ReadRegister, A::ReadTimetable],
        PersonRole::SchoolAdmin => &[
            A::ReadRegister,
            A::ManageClassrooms,
            A::ManagePairings,
            A::ReadPeople,
            A::ReadAssistants,
            A::ManagePeople,
            A::ReadDevices,
            A::ManageDevices,
            A::ReadTimetable,
            A::ManageTimetable,
            A::CountPupils,
            A::ObserveLessons,
            A::WatchLessons,
            A::ManageLive,
            A::ReadStatistics,
        ],
        PersonRole::AllianceAdmin => &[
            A::ReadRegister,
            A::ManageAlliances,
            A::ManagePairings,
            A::ReadPeople,
            A::ReadAssistants,
            A::ReadDevices,
            A::ReadTimetable,
            A::ManageTimetable,
            A::ObserveLessons,
            A::ReadStatistics,
        ],
        PersonRole::CountyOperator => &[
            A::ReadRegister,
            A::ManageRegions,
            A::ManageSchools,
            A::ManageClassrooms,
            A::ManageAlliances,
            A::ManagePairings,
            A::ManageTerms,
            A::ReadPeople,
            A::ReadAssistants,
            A::ManagePeople,
            A::ReadDevices,
            A::ManageDevices,
            A::ReadTimetable,
            A::ManageTimetable,
            A::CountPupils,
            A::ObserveLessons,
            A::WatchLessons,
            A::ManageLive,
            A::ReadStatistics,
            A::ReadAudit,
            A::ManageWebhooks,
        ],
    };
    actions.contains(&action)
}

/// Whether the role holds only in a session that proved a second factor.
pub fn needs_second_factor(role: PersonRole) -> bool {
    matches!(role, PersonRole::SchoolAdmin | PersonRole::AllianceAdmin | PersonRole::CountyOperator)
}

/// Who stands above whom: a person gives, ends and resets only what is below its own rank; the county's operators also what is their own.
pub fn rank(role: PersonRole) -> u8 {
    match role {
        PersonRole::Teacher | PersonRole::Assistant | PersonRole::Observer | PersonRole::LibraryEditor => 0,
        PersonRole::Inspector => 1,
        PersonRole::SchoolAdmin => 2,
        PersonRole::AllianceAdmin => 3,
        PersonRole::CountyOperator => 4,
    }
}

/// Whether somebody with the grants `mine` may give or take away `other`, or reset the password of whoever holds it. Nobody hands out what is wider than
/// what one holds oneself.
pub fn stands_above(geography: &Geography, mine: &[Grant], other: PersonRole, place: &Place<'_>) -> bool {
    mine.iter().any(|grant| {
        let above = rank(grant.role) > rank(other) || (grant.role == PersonRole::CountyOperator && other == PersonRole::CountyOperator);
        above && permits(grant.role, Action::ManagePeople) && geography.covers(grant, place)
    })
}

/// Whether one of the grants permits the action somewhere.
pub fn may_somewhere(grants: &[Grant], action: Action) -> bool {
    grants.iter().any(|grant| permits(grant.role, action))
}

/// Whether one of the grants permits the action there.
pub fn may(geography: &Geography, grants: &[Grant], action: Action, place: &Place<'_>) -> bool {
    let here = |grant: &&Grant| permits(grant.role, action);
    grants.iter().filter(here).any(|grant| geography.covers(grant, place) || (reaches_partners(action) && geography.covers_partner(grant, place)))
}

/// What a school may see of the schools it is allied with: it cannot pair with what it cannot see, nor plan a lesson there without who assists.
fn reaches_partners(action: Action) -> bool {
    matches!(action, Action::ReadRegister | Action::ReadAssistants)
}

/// The place that a scope names.
pub fn place_of<'a>(scope: Scope, id: Option<&'a str>) -> Place<'a> {
    match (scope, id) {
        (Scope::Region, Some(id)) => Place::Region(id),
        (Scope::Alliance, Some(id)) => Place::Alliance(id),
        (Scope::School, Some(id)) => Place::School(id),
        (Scope::Classroom, Some(id)) => Place::Classroom(id),
        _ => Place::Everywhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_manages_what_is_not_in_its_row() {
        let readers = [PersonRole::Teacher, PersonRole::Assistant, PersonRole::Observer, PersonRole::Inspector, PersonRole::LibraryEditor];
        for action in Action::ALL.into_iter().filter(|action| format!("{action:?}").starts_with("Manage")) {
            assert!(readers.into_iter().all(|role| !permits(role, action)), "{action:?}");
            assert!(permits(PersonRole::CountyOperator, action), "{action:?}: somebody must");
        }
        assert!(PersonRole::ALL.iter().all(|role| *role == PersonRole::CountyOperator || !permits(*role, Action::ReadAudit)));
    }

    #[test]
    fn whoever_changes_things_needs_a_second_factor() {
        for role in PersonRole::ALL {
            let changes = Action::ALL.into_iter().any(|action| format!("{action:?}").starts_with("Manage") && permits(*role, action));
            assert_eq!(changes, needs_second_factor(*role), "{role:?}");
        }
    }

    /// The table as docs/accounts.md shows it.
    fn shown() -> String {
        let what = |action: Action| match action {
            Action::ReadRegister => "see regions, schools, classrooms, alliances, pairings, terms, bells",
            Action::ManageRegions => "change regions",
            Action::ManageSchools => "change schools",
            Action::ManageClassrooms => "change classrooms and bells",
            Action::ManageAlliances => "change alliances",
            Action::ManagePairings => "change pairings",
            Action::ManageTerms => "change terms",
            Action::ReadPeople => "see people",
            Action::ReadAssistants => "see who may assist, by name",
            Action::ManagePeople => "change people, give roles, reset",
            Action::ReadDevices => "see panels",
            Action::ManageDevices => "bind and revoke panels",
            Action::ReadTimetable => "see timetable and lessons",
            Action::ManageTimetable => "change timetable and lessons, import",
            Action::JoinOwnLessons => "teach, assist",
            Action::CountPupils => "count pupils",
            Action::ObserveLessons => "look into lessons",
            Action::WatchLessons => "watch figures of running lessons",
            Action::ManageLive => "pause, forbid, switch and shut down in running lessons",
            Action::ReadStatistics => "see statistics",
            Action::ReadAudit => "see who did what",
            Action::ManageWebhooks => "change webhooks",
        };
        let roles = PersonRole::ALL.iter().map(|role| format!(" `{}` |", role.name()));
        let mut table = format!("| |{}\n|---|{}\n", roles.collect::<String>(), "---|".repeat(PersonRole::ALL.len()));
        for action in Action::ALL {
            let marks = PersonRole::ALL.iter().map(|role| if permits(*role, action) { " ● |" } else { " |" });
            table += &format!("| {} |{}\n", what(action), marks.collect::<String>());
        }
        table
    }

    #[test]
    fn the_documentation_shows_this_table() {
        assert!(include_str!("../../../docs/accounts.md").contains(&shown()), "docs/accounts.md lacks:\n{}", shown());
    }
}
