//! Tells where the files of charts in a chart lie.

use bstr::ByteSlice;

use super::Chart;

impl Chart {
    /// Returns where a file lies that a render calls by the names of charts (`charts/db/templates/a.yaml`), from the folder
    /// of the chart: in the folder or the archive that holds the chart of that name or alias
    /// (`charts/postgresql-1.2.3.tgz/templates/a.yaml`).
    pub fn file_of(&self, within: &str) -> String {
        let (mut path, mut rest, mut chart) = (String::new(), within, self);
        while let Some((name, inner)) =
            rest.strip_prefix("charts/").and_then(|rest| rest.split_once('/'))
            && let Some(held) = chart.held(name.as_bytes())
        {
            let entry = if held.entry.is_empty() { name.into() } else { held.entry.to_str_lossy() };
            path.push_str("charts/");
            path.push_str(&entry);
            path.push('/');
            (rest, chart) = (inner, held);
        }
        path + rest
    }

    /// Returns the chart in this one that a render calls so, by its name or an alias of it.
    fn held(&self, name: &[u8]) -> Option<&Chart> {
        let of = |name: &[u8]| self.dependencies.iter().find(|held| **held.name() == *name);
        let mut all = self.metadata.dependencies.iter().flatten();
        let alias = || all.find(|one| *one.alias == *name).and_then(|one| of(&one.name));
        of(name).or_else(alias)
    }
}
