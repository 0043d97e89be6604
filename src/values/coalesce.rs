//! Coalescing: what a chart and the charts it holds see as `.Values`, made of the user's values,
//! each chart's defaults, and the globals.

use super::table::{Node, Table, Work};
use crate::chart::Chart;
use crate::gostd::{fmt, strconv};
use crate::value::{Map, Str, VALUES_MAP, Value};

/// The key under which all charts share values.
pub(super) const GLOBAL: &[u8] = b"global";

/// Helm's `CoalesceValues`: the values of a chart with those of the charts it holds, nulls having
/// removed what they override. The result is new through and through, and of Go's type
/// `chartutil.Values`; tables deep inside the globals are shared between charts as Helm shares them.
///
/// `warn` takes the lines that Helm logs, its `file.go:line: ` in front.
pub fn coalesce_values(
    chart: &Chart,
    values: &Map,
    warn: &mut dyn FnMut(String),
) -> Result<Map, String> {
    let dest = Table::copy_of(values);
    coalesce(&Loaded, chart, &dest, false, warn)?;
    let mut work = Work::new();
    let map = dest.to_map(&VALUES_MAP, &mut work);
    work.check()?;
    Ok(map)
}

/// Helm's `MergeValues`: as [`coalesce_values`], but nulls stay.
pub fn merge_values(
    chart: &Chart,
    values: &Map,
    warn: &mut dyn FnMut(String),
) -> Result<Map, String> {
    let dest = Table::copy_of(values);
    coalesce(&Loaded, chart, &dest, true, warn)?;
    let mut work = Work::new();
    let map = dest.to_map(&VALUES_MAP, &mut work);
    work.check()?;
    Ok(map)
}

/// A tree of charts, as far as coalescing looks at it.
pub(super) trait Charts {
    type Chart: Copy;
    fn name(&self, chart: Self::Chart) -> &Str;
    fn values(&self, chart: Self::Chart) -> &Map;
    fn child(&self, chart: Self::Chart, index: usize) -> Option<Self::Chart>;
}

/// Charts as they are loaded.
struct Loaded<'a>(std::marker::PhantomData<&'a Chart>);

/// Where in the values something is, for warnings: written out only when there is one.
#[derive(Clone, Copy)]
struct Place<'a> {
    outer: Option<&'a Place<'a>>,
    key: &'a [u8],
}

impl Place<'_> {
    fn text(&self) -> String {
        let mut text = match self.outer {
            Some(outer) => outer.text(),
            None => String::new(),
        };
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(&String::from_utf8_lossy(self.key));
        text
    }
}
