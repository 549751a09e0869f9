//! Rows read by the names of their columns.

use super::error::Fault;
use super::{StoreError, number};
use protocol::{LessonState, Role};
use sqlx::Row;
use sqlx::any::AnyRow;

/// What has variants, and a word for each in the tables.
pub(crate) trait Word: Sized {
    /// The one of this word.
    fn of(word: &str) -> Option<Self>;
}

impl Word for LessonState {
    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == word)
    }
}

impl Word for Role {
    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == word)
    }
}

/// The columns of one row.
pub(crate) trait Columns {
    /// A text that may be missing.
    fn text_or_none(&self, column: &str) -> Result<Option<String>, Fault>;
    /// A number that may be missing.
    fn number_or_none(&self, column: &str) -> Result<Option<i64>, Fault>;

    /// A text that is there.
    fn text(&self, column: &str) -> Result<String, Fault> {
        self.text_or_none(column)?.ok_or_else(|| empty(column))
    }
    /// A count or a time that may be missing.
    fn count_or_none(&self, column: &str) -> Result<Option<u64>, Fault> {
        Ok(self.number_or_none(column)?.map(number))
    }
    /// A count or a time that is there.
    fn count(&self, column: &str) -> Result<u64, Fault> {
        self.count_or_none(column)?.ok_or_else(|| empty(column))
    }
    /// A truth.
    fn truth(&self, column: &str) -> Result<bool, Fault> {
        Ok(self.count(column)? != 0)
    }
    /// A small number, such as a period's; what does not fit is the largest.
    fn small<N: TryFrom<u64> + Bounded>(&self, column: &str) -> Result<N, Fault> {
        Ok(N::try_from(self.count(column)?).unwrap_or(N::LARGEST))
    }
    /// A small number that may be missing.
    fn small_or_none<N: TryFrom<u64> + Bounded>(&self, column: &str) -> Result<Option<N>, Fault> {
        Ok(self.count_or_none(column)?.map(|number| N::try_from(number).unwrap_or(N::LARGEST)))
    }
    /// One of a known set of words.
    fn word<W: Word>(&self, thing: &'static str, column: &str) -> Result<W, Fault> {
        self.word_or_none(thing, column)?.ok_or_else(|| empty(column))
    }
    /// One of a known set of words, or none.
    fn word_or_none<W: Word>(&self, thing: &'static str, column: &str) -> Result<Option<W>, Fault> {
        let Some(value) = self.text_or_none(column)? else { return Ok(None) };
        let unreadable = |value| StoreError::Unreadable { thing, id: self.text("id").unwrap_or_default(), value };
        W::of(&value).map(Some).ok_or_else(|| unreadable(value).into())
    }
}

fn empty(column: &str) -> Fault {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: "nothing is in it".into() }.into()
}

/// The largest of a kind of number.
pub(crate) trait Bounded {
    /// It.
    const LARGEST: Self;
}

impl Bounded for u8 {
    const LARGEST: Self = Self::MAX;
}

impl Bounded for u16 {
    const LARGEST: Self = Self::MAX;
}

impl Bounded for u32 {
    const LARGEST: Self = Self::MAX;
}

impl Columns for AnyRow {
    fn text_or_none(&self, column: &str) -> Result<Option<String>, Fault> {
        Ok(self.try_get(column)?)
    }

    fn number_or_none(&self, column: &str) -> Result<Option<i64>, Fault> {
        Ok(self.try_get(column)?)
    }
}

/// Declares a public enum whose variants have words, in code (`name`) and in the tables.
macro_rules! words {
    ($(#[doc = $about_text:literal])* $name:ident { $($(#[$what:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[doc = $about_text])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, ts_rs::TS,
        )]
        pub enum $name { $($(#[$what])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its word in the tables and in interfaces.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The one of this word.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        // Written out: utoipa's macro does not see a word that comes through another macro, and describes the variants' own names.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let words = utoipa::openapi::schema::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::String).enum_values(Some([$($word),+]));
                words.description(Some(concat!($($about_text),*).trim())).into()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl $crate::row::Word for $name {
            fn of(word: &str) -> Option<Self> {
                Self::from_name(word)
            }
        }
    };
}
pub(crate) use words;
