//! How the domain's values stand in columns.

use chirrup_domain::Timestamp;
use chirrup_domain::account::AccountRole;
use chirrup_domain::conversation::Role;
use chirrup_domain::message::{ClientId, MessageType, Seq, Status};
use chirrup_domain::upload::UploadName;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Error, Result, Row, RowIndex};

/// A value that stands in an integer column.
pub(crate) trait Column: Sized {
    /// The integer that stands for it.
    fn to_column(&self) -> i64;
    /// The value that an integer stands for.
    fn from_column(stored: i64) -> Option<Self>;
}

/// Gives each variant its integer. The integers are in databases already: new ones are added, none is changed.
macro_rules! column {
    ($type:ident { $($variant:ident = $stored:literal),+ $(,)? }) => {
        impl Column for $type {
            fn to_column(&self) -> i64 {
                match self {
                    $(Self::$variant => $stored,)+
                }
            }

            fn from_column(stored: i64) -> Option<Self> {
                match stored {
                    $($stored => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

column!(AccountRole { Member = 0, Admin = 1 });
column!(Role { Member = 0, Admin = 1, Owner = 2 });
column!(MessageType { Text = 0, Image = 1, Video = 2, Audio = 3, File = 4, System = 5 });
column!(Status { Sent = 0, Delivered = 1, Read = 2 });

impl Column for Timestamp {
    fn to_column(&self) -> i64 {
        self.as_millis()
    }

    fn from_column(stored: i64) -> Option<Self> {
        Some(Self::from_millis(stored))
    }
}

/// Reads columns as the domain's values; what no such value stands for is an error.
pub(crate) trait Columns {
    /// An id.
    fn id<I: From<[u8; 12]>>(&self, column: impl RowIndex) -> Result<I>;
    /// An id, or none where the column is null.
    fn optional_id<I: From<[u8; 12]>>(&self, column: impl RowIndex) -> Result<Option<I>>;
    /// A value kept as an integer.
    fn value<T: Column>(&self, column: impl RowIndex) -> Result<T>;
    /// A value kept as an integer, or none where the column is null.
    fn optional_value<T: Column>(&self, column: impl RowIndex) -> Result<Option<T>>;
    /// A place in a conversation; zero stands for none.
    fn seq(&self, column: impl RowIndex) -> Result<Option<Seq>>;
    /// A `clientId`, or none where the column is null.
    fn client_id(&self, column: impl RowIndex) -> Result<Option<ClientId>>;
    /// The name of an upload, or none where the column is null.
    fn upload_name(&self, column: impl RowIndex) -> Result<Option<UploadName>>;
}

impl Columns for Row<'_> {
    fn id<I: From<[u8; 12]>>(&self, column: impl RowIndex) -> Result<I> {
        self.get::<_, [u8; 12]>(column).map(I::from)
    }

    fn optional_id<I: From<[u8; 12]>>(&self, column: impl RowIndex) -> Result<Option<I>> {
        Ok(self.get::<_, Option<[u8; 12]>>(column)?.map(I::from))
    }

    fn value<T: Column>(&self, column: impl RowIndex) -> Result<T> {
        let index = column.idx(self.as_ref())?;
        let stored = self.get(index)?;
        T::from_column(stored).ok_or_else(|| out_of_range(index, stored))
    }

    fn optional_value<T: Column>(&self, column: impl RowIndex) -> Result<Option<T>> {
        let index = column.idx(self.as_ref())?;
        let Some(stored) = self.get(index)? else { return Ok(None) };
        T::from_column(stored).map(Some).ok_or_else(|| out_of_range(index, stored))
    }

    fn seq(&self, column: impl RowIndex) -> Result<Option<Seq>> {
        self.get(column).map(Seq::new)
    }

    fn client_id(&self, column: impl RowIndex) -> Result<Option<ClientId>> {
        Ok(self.get::<_, Option<String>>(column)?.and_then(ClientId::new))
    }

    fn upload_name(&self, column: impl RowIndex) -> Result<Option<UploadName>> {
        Ok(self.get::<_, Option<String>>(column)?.and_then(|name| UploadName::parse(&name)))
    }
}

fn out_of_range(index: usize, stored: i64) -> Error {
    Error::FromSqlConversionFailure(index, Type::Integer, Box::new(FromSqlError::OutOfRange(stored)))
}
