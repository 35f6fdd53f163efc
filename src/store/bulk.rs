//! Many rows by few statements.
//!
//! The driver runs each text on a thread of its own, so a text costs a hop there and back, whatever it does: some 25 µs
//! of processor time. All rows of a table therefore go in by one statement, up to [`LARGEST`] of them; what is left
//! over goes into a second. Each table has at most so many statement texts, and each is prepared once. Statements of one
//! or two rows, which are all there is where mail comes singly, are joined to one text by a [`Script`], for one hop.
//!
//! The placeholders here are `?` and not `$1`: SQLite looks the *name* of a parameter up by walking all of them, which
//! for a thousand parameters is a million steps a statement. For PostgreSQL [`Bulk::text`] is the place to number them, and [`Script`] to run
//! each statement by itself.

use crate::store::error::StoreError;
use sqlx::Arguments;
use sqlx::AssertSqlSafe;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteArguments;
use sqlx::sqlite::SqliteRow;
use std::fmt::Write;

/// The most rows of one statement.
const LARGEST: usize = 64;

/// `head VALUES (?, …), … tail`, for any number of rows.
pub(in crate::store) struct Bulk {
    /// `INSERT INTO … (…)` or `WITH … AS (`.
    pub head: &'static str,
    /// How many values a row has.
    pub columns: usize,
    /// What follows the rows.
    pub tail: &'static str,
}

/// The values of the rows of one statement, in order.
#[derive(Default)]
pub(in crate::store) struct Values {
    arguments: SqliteArguments,
    refused: bool,
}

impl Values {
    /// Adds one value.
    pub fn push<'t, T>(&mut self, value: T) -> &mut Self
    where
        T: sqlx::Encode<'t, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        self.refused |= self.arguments.add(value).is_err();
        self
    }
}

impl Bulk {
    /// Runs the statement for all rows.
    pub async fn execute<R>(
        &self,
        connection: &mut SqliteConnection,
        rows: &[R],
        put: impl Fn(&mut Values, &R),
    ) -> Result<(), StoreError> {
        for chunk in rows.chunks(LARGEST) {
            self.prepared(chunk, &put)?
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }

    /// Runs the statement for all rows and collects what it returns.
    pub async fn fetch<R>(
        &self,
        connection: &mut SqliteConnection,
        rows: &[R],
        put: impl Fn(&mut Values, &R),
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let mut found = Vec::new();
        for chunk in rows.chunks(LARGEST) {
            found.append(
                &mut self
                    .prepared(chunk, &put)?
                    .fetch_all(&mut *connection)
                    .await?,
            );
        }
        Ok(found)
    }

    fn prepared<R>(
        &self,
        chunk: &[R],
        put: &impl Fn(&mut Values, &R),
    ) -> Result<sqlx::query::Query<'static, sqlx::Sqlite, SqliteArguments>, StoreError> {
        let mut values = Values::default();
        values.arguments.reserve(chunk.len() * self.columns, 0);
        for row in chunk {
            put(&mut values, row);
        }
        if values.refused || values.arguments.len() != chunk.len() * self.columns {
            return Err(StoreError::Malformed);
        }
        // Safe: the text is made of constants and question marks.
        let text = AssertSqlSafe(self.text(chunk.len()));
        Ok(sqlx::query_with(text, values.arguments))
    }

    fn text(&self, rows: usize) -> String {
        let mut text = String::with_capacity(
            self.head.len() + self.tail.len() + 16 + rows * (self.columns * 2 + 3),
        );
        let _ = write!(text, "{} VALUES ", self.head);
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ",(" });
            for column in 0..self.columns {
                text.push_str(if column == 0 { "?" } else { ",?" });
            }
            text.push(')');
        }
        text.push(' ');
        text.push_str(self.tail);
        text
    }
}

/// Statements that return nothing, in order; few rows wait to be joined with what follows.
#[derive(Default)]
pub(in crate::store) struct Script {
    text: String,
    values: Values,
    columns: usize,
}

/// The most rows that wait: the texts are joined in every combination, and each combination is kept prepared.
const JOINED: usize = 2;

impl Script {
    /// Adds a statement for all rows; runs it, and all that waits, where there are many.
    pub async fn add<R>(
        &mut self,
        connection: &mut SqliteConnection,
        bulk: &Bulk,
        rows: &[R],
        put: impl Fn(&mut Values, &R),
    ) -> Result<(), StoreError> {
        if rows.len() > JOINED {
            self.run(connection).await?;
            return bulk.execute(connection, rows, put).await;
        }
        if !rows.is_empty() {
            self.text.push_str(&bulk.text(rows.len()));
            self.text.push(';');
            self.columns += rows.len() * bulk.columns;
            for row in rows {
                put(&mut self.values, row);
            }
        }
        Ok(())
    }

    /// Runs all that waits.
    pub async fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let Self {
            text,
            values,
            columns,
        } = std::mem::take(self);
        if text.is_empty() {
            return Ok(());
        }
        if values.refused || values.arguments.len() != columns {
            return Err(StoreError::Malformed);
        }
        // Safe: the text is made of constants and question marks.
        sqlx::query_with(AssertSqlSafe(text), values.arguments)
            .execute(connection)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_a_placeholder_for_each_value() {
        let bulk = Bulk {
            head: "INSERT INTO t (a, b)",
            columns: 2,
            tail: "RETURNING a",
        };
        assert_eq!(
            bulk.text(2),
            "INSERT INTO t (a, b) VALUES (?,?),(?,?) RETURNING a"
        );
    }
}
