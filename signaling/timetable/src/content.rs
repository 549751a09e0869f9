//! What a lesson takes over from its entry, and how two such contents differ.

use crate::entry::{Entry, LessonKind, Receiver};
use crate::language::{Language, Tell};

/// The part of a lesson that comes from its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The period, by the host school's bells.
    pub period: u8,
    /// Which of the three classrooms it is.
    pub kind: LessonKind,
    /// The subject.
    pub subject: String,
    /// What it is called.
    pub title: String,
    /// The person who teaches.
    pub teacher: String,
    /// The persons beside the receiving classes; their order says nothing.
    pub assistants: Vec<String>,
    /// The classroom it is taught from.
    pub host_classroom: String,
    /// The classrooms that receive it; their order says nothing.
    pub receivers: Vec<Receiver>,
}

/// Something in which two lessons may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// One takes place, the other does not.
    State,
    /// Beginning or end.
    Times,
    /// The period.
    Period,
    /// The kind.
    Kind,
    /// The subject.
    Subject,
    /// The title.
    Title,
    /// The teacher.
    Teacher,
    /// The assistants.
    Assistants,
    /// The host's classroom.
    HostClassroom,
    /// The receiving classrooms, or who of them is interactive.
    Receivers,
}

impl Tell for Field {
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::State => ("是否上课", "whether it takes place"),
            Self::Times => ("时间", "times"),
            Self::Period => ("节次", "period"),
            Self::Kind => ("课型", "kind"),
            Self::Subject => ("学科", "subject"),
            Self::Title => ("课程名称", "title"),
            Self::Teacher => ("主讲教师", "teacher"),
            Self::Assistants => ("助教", "assistants"),
            Self::HostClassroom => ("主讲教室", "host classroom"),
            Self::Receivers => ("听讲教室", "receiving classrooms"),
        };
        language.pick(chinese, english).to_owned()
    }
}

impl From<&Entry> for Content {
    fn from(entry: &Entry) -> Self {
        Self {
            period: entry.period,
            kind: entry.kind,
            subject: entry.subject.clone(),
            title: entry.title.clone(),
            teacher: entry.teacher.clone(),
            assistants: entry.assistants.clone(),
            host_classroom: entry.host_classroom.clone(),
            receivers: entry.receivers.clone(),
        }
    }
}

impl Content {
    /// The fields in which the two differ, in the order of [`Field`].
    pub fn difference(&self, other: &Self) -> Vec<Field> {
        let differs = [
            (self.period != other.period, Field::Period),
            (self.kind != other.kind, Field::Kind),
            (self.subject != other.subject, Field::Subject),
            (self.title != other.title, Field::Title),
            (self.teacher != other.teacher, Field::Teacher),
            (!same_members(&self.assistants, &other.assistants), Field::Assistants),
            (self.host_classroom != other.host_classroom, Field::HostClassroom),
            (!same_members(&self.receivers, &other.receivers), Field::Receivers),
        ];
        differs.into_iter().filter_map(|(differs, field)| differs.then_some(field)).collect()
    }
}

/// Whether two lists hold the same, in any order.
fn same_members<T: Ord>(one: &[T], other: &[T]) -> bool {
    if one == other {
        return true;
    }
    let sorted = |list: &[T]| -> Vec<usize> {
        let mut order: Vec<usize> = (0..list.len()).collect();
        order.sort_by(|&a, &b| list[a].cmp(&list[b]));
        order
    };
    one.len() == other.len() && sorted(one).into_iter().zip(sorted(other)).all(|(a, b)| one[a] == other[b])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::tests::art;

    #[test]
    fn each_field_is_told_apart() {
        let content = Content::from(&art());
        let changed = |change: fn(&mut Content)| {
            let mut other = content.clone();
            change(&mut other);
            content.difference(&other)
        };
        assert_eq!(changed(|_| {}), []);
        assert_eq!(changed(|c| c.receivers.reverse()), [], "order says nothing");
        assert_eq!(changed(|c| c.period = 3), [Field::Period]);
        assert_eq!(changed(|c| c.kind = LessonKind::FamousSchool), [Field::Kind]);
        assert_eq!(changed(|c| c.subject.clear()), [Field::Subject]);
        assert_eq!(changed(|c| c.teacher.clear()), [Field::Teacher]);
        assert_eq!(changed(|c| c.assistants.push("zhao".into())), [Field::Assistants]);
        assert_eq!(changed(|c| c.host_classroom.clear()), [Field::HostClassroom]);
        assert_eq!(changed(|c| c.receivers[0].interactive = false), [Field::Receivers]);
        assert_eq!(changed(|c| (c.title, c.receivers) = ("音乐".into(), vec![])), [Field::Title, Field::Receivers]);
    }
}
