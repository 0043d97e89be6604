//! Describes why the values of a chart could not be made.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use gostd::value::Str;

use super::schema::SchemaError;

/// Why the values of a chart could not be made, or are refused. It displays as what follows `Error: ` on
/// Helm's stderr.
#[derive(Clone, Debug, PartialEq)]
pub enum ValuesError {
    /// The values of a chart in `charts/` are no table.
    NoTable {
        /// The chart.
        chart: Str,
        /// What they are, as Go's `%t` prints it.
        found: String,
    },
    /// An entry of `import-values` names no text.
    ImportName {
        /// The Go type of what it names.
        found: Cow<'static, str>,
    },
    /// Tables within tables, too many levels or too many entries.
    TooDeep,
    /// Aliases make more charts than are taken.
    TooManyCharts,
    /// Values break schemas.
    Schema(Vec<SchemaFailure>),
}

/// A chart whose schema its values break, or whose schema is none.
#[derive(Clone, Debug, PartialEq)]
pub struct SchemaFailure {
    /// The chart.
    pub chart: Str,
    /// Why.
    pub cause: SchemaError,
}

impl fmt::Display for ValuesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValuesError::NoTable { chart, found } => {
                write!(f, "type mismatch on {chart}: {found}")
            }
            ValuesError::ImportName { found } => {
                write!(f, "interface conversion: interface {{}} is {found}, not string")
            }
            ValuesError::TooDeep => f.write_str("values are nested too deeply"),
            ValuesError::TooManyCharts => f.write_str("too many charts"),
            ValuesError::Schema(failures) => {
                f.write_str(
                    "values don't meet the specifications of the schema(s) in the following \
                     chart(s):\n",
                )?;
                failures
                    .iter()
                    .try_for_each(|SchemaFailure { chart, cause }| write!(f, "{chart}:\n{cause}"))
            }
        }
    }
}

impl Error for ValuesError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ValuesError::Schema(failures) => failures.first().map(|failure| &failure.cause as _),
            _ => None,
        }
    }
}
