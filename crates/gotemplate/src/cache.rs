//! Keeps parsed files that several renders share.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::fast::RandomState;
use gostd::value::Str;

use super::error::ParseError;
use super::func::Rules;
use super::node::Template;
use super::program::parse_files;

/// A file's text and what it defines, the file itself among it.
type Parsed = (Arc<[u8]>, Arc<[Arc<Template>]>);

/// Parsed files by their names. Threads may share it; all of them must use the same functions.
#[derive(Debug, Default)]
pub struct Cache(RwLock<HashMap<Str, Parsed, RandomState>>);

impl Cache {
    /// Returns the templates in the files, in order; those that are not known yet are parsed.
    ///
    /// # Errors
    /// The first unknown file, in the order given, that does not parse.
    pub(crate) fn parse(
        &self,
        files: &[(&Str, &Arc<[u8]>)],
        rules: Rules<'_>,
    ) -> Result<Vec<Arc<Template>>, ParseError> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let is_known = |(name, text): &(&Str, &Arc<[u8]>)| {
            known.get(*name).is_some_and(|(own, _)| Arc::ptr_eq(own, text))
        };
        let missing: Vec<_> = files.iter().filter(|file| !is_known(file)).copied().collect();
        drop(known);
        if !missing.is_empty() {
            let parsed: Vec<Arc<Template>> =
                parse_files(&missing, rules)?.into_iter().map(Arc::new).collect();
            let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
            for of_one in parsed.chunk_by(|a, b| Arc::ptr_eq(&a.source, &b.source)) {
                if let Some(first) = of_one.first() {
                    let source = &first.source;
                    known.insert(source.name.clone(), (source.text.clone(), of_one.into()));
                }
            }
        }
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let definitions = files.iter().filter_map(|(name, _)| known.get(*name));
        Ok(definitions.flat_map(|(_, definitions)| definitions.iter().cloned()).collect())
    }
}
