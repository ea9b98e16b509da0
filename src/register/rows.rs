//! Rows of the index and layers over them: reads look into the newest layer first.
//!
//! What is appended and not yet in the store lies in a layer of [`Writes`] over it; one entry's own
//! writes, while it is applied, in a further layer over that.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::RegisterError;
use super::keys::Key;

/// One row as written: by which entry, and its value (`None`: removed).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// Number of the entry.
    pub(super) n: u64,
    /// The value.
    pub(super) value: Option<Vec<u8>>,
}

/// What entries write, by key.
pub(super) type Writes = BTreeMap<Vec<u8>, Written>;

/// Key and value.
pub(super) type Row = (Vec<u8>, Vec<u8>);

/// Sees one row; gives false to end the scan.
pub(super) type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> bool + 'a;

/// Sorted rows.
pub(super) trait Rows {
    /// Gives a row's value.
    fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RegisterError>;

    /// Shows the rows from `from` up to but not including `to`, in order, until `visit` gives false.
    fn range(&self, from: &[u8], to: &[u8], visit: &mut Visit<'_>) -> Result<(), RegisterError>;
}

/// Rows in memory.
#[derive(Debug, Default)]
pub(super) struct MemoryRows(pub(super) BTreeMap<Vec<u8>, Vec<u8>>);

impl MemoryRows {
    /// Takes writes over.
    pub(super) fn commit(&mut self, writes: Writes) {
        for (key, written) in writes {
            match written.value {
                Some(value) => self.0.insert(key, value),
                None => self.0.remove(&key),
            };
        }
    }
}

impl Rows for MemoryRows {
    fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RegisterError> {
        Ok(self.0.get(key).cloned())
    }

    fn range(&self, from: &[u8], to: &[u8], visit: &mut Visit<'_>) -> Result<(), RegisterError> {
        if from < to {
            let bounds = (Bound::Included(from), Bound::Excluded(to));
            for (key, value) in self.0.range::<[u8], _>(bounds) {
                if !visit(key, value) {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// Writes over other rows.
pub(super) struct Layer<'a> {
    /// What lies below.
    pub(super) base: &'a dyn Rows,
    /// What was written since.
    pub(super) over: &'a Writes,
}

impl Rows for Layer<'_> {
    fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RegisterError> {
        match self.over.get(key) {
            Some(written) => Ok(written.value.clone()),
            None => self.base.value(key),
        }
    }

    fn range(&self, from: &[u8], to: &[u8], visit: &mut Visit<'_>) -> Result<(), RegisterError> {
        if from >= to {
            return Ok(());
        }
        let bounds = (Bound::Included(from), Bound::Excluded(to));
        let mut over = self.over.range::<[u8], _>(bounds).peekable();
        if over.peek().is_none() {
            return self.base.range(from, to, visit);
        }
        let mut ended = false;
        self.base.range(from, to, &mut |key, value| {
            while let Some((newer, written)) = over.next_if(|(newer, _)| newer.as_slice() < key) {
                if let Some(value) = &written.value
                    && !visit(newer, value)
                {
                    ended = true;
                    return false;
                }
            }
            let shown = match over.next_if(|(newer, _)| newer.as_slice() == key) {
                Some((_, written)) => written.value.as_deref(),
                None => Some(value),
            };
            ended = shown.is_some_and(|value| !visit(key, value));
            !ended
        })?;
        if !ended {
            for (key, written) in over {
                if let Some(value) = &written.value
                    && !visit(key, value)
                {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// Reads and decodes one row.
pub(super) fn row<T: DeserializeOwned>(
    rows: &dyn Rows,
    key: &Key,
) -> Result<Option<T>, RegisterError> {
    rows.value(&key.0)?.map(|value| decode(&value)).transpose()
}

/// Decodes a row's value.
pub(super) fn decode<T: DeserializeOwned>(value: &[u8]) -> Result<T, RegisterError> {
    serde_json::from_slice(value)
        .map_err(|error| RegisterError::store(format_args!("a row cannot be read: {error}")))
}

/// Gives the keys (and values) that begin with `prefix`, at most `max`.
pub(super) fn scan(rows: &dyn Rows, prefix: &Key, max: usize) -> Result<Vec<Row>, RegisterError> {
    let mut found = Vec::new();
    if max > 0 {
        rows.range(&prefix.0, &prefix.end(), &mut |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            found.len() < max
        })?;
    }
    Ok(found)
}

/// The writes of one entry while it is applied: reads see them.
pub(super) struct Edit<'a> {
    base: &'a dyn Rows,
    writes: Writes,
    n: u64,
}

impl<'a> Edit<'a> {
    /// Begins the writes of entry `n` over these rows.
    pub(super) fn new(base: &'a dyn Rows, n: u64) -> Edit<'a> {
        Edit {
            base,
            writes: Writes::new(),
            n,
        }
    }

    /// Reads through what is written so far.
    pub(super) fn layer(&self) -> Layer<'_> {
        Layer {
            base: self.base,
            over: &self.writes,
        }
    }

    /// Reads and decodes one row.
    pub(super) fn row<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, RegisterError> {
        row(&self.layer(), key)
    }

    /// Gives the keys and values that begin with `prefix`.
    pub(super) fn scan(&self, prefix: &Key) -> Result<Vec<Row>, RegisterError> {
        scan(&self.layer(), prefix, usize::MAX)
    }

    /// Writes a row.
    pub(super) fn put<T: Serialize>(&mut self, key: Key, value: &T) -> Result<(), RegisterError> {
        let value = serde_json::to_vec(value).map_err(|error| {
            RegisterError::store(format_args!("a row cannot be written: {error}"))
        })?;
        self.set(key, Some(value));
        Ok(())
    }

    /// Writes a row that has no value but its key.
    pub(super) fn mark(&mut self, key: Key) {
        self.set(key, Some(Vec::new()));
    }

    /// Removes a row.
    pub(super) fn remove(&mut self, key: Key) {
        self.set(key, None);
    }

    /// Adds one to a count.
    pub(super) fn count(&mut self, key: Key) -> Result<(), RegisterError> {
        let count: u32 = self.row(&key)?.unwrap_or_default();
        self.put(key, &count.saturating_add(1))
    }

    fn set(&mut self, key: Key, value: Option<Vec<u8>>) {
        self.writes.insert(key.0, Written { n: self.n, value });
    }

    /// Gives the writes.
    pub(super) fn finish(self) -> Writes {
        self.writes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_layer_hides_removes_and_adds_rows_in_order() {
        let mut base = MemoryRows::default();
        for key in ["b", "d", "f"] {
            base.0.insert(key.into(), b"old".to_vec());
        }
        let mut over = Writes::new();
        let written = |value: Option<&str>| Written {
            n: 1,
            value: value.map(|v| v.as_bytes().to_vec()),
        };
        over.insert(b"a".to_vec(), written(Some("new")));
        over.insert(b"d".to_vec(), written(None));
        over.insert(b"f".to_vec(), written(Some("new")));
        over.insert(b"g".to_vec(), written(Some("new")));
        let layer = Layer {
            base: &base,
            over: &over,
        };
        let seen = |max: usize| {
            let mut seen = Vec::new();
            layer
                .range(b"a", b"z", &mut |key, value| {
                    seen.push(format!(
                        "{}={}",
                        String::from_utf8_lossy(key),
                        String::from_utf8_lossy(value)
                    ));
                    seen.len() < max
                })
                .unwrap();
            seen
        };
        assert_eq!(seen(9), ["a=new", "b=old", "f=new", "g=new"]);
        for max in 1..4 {
            assert_eq!(seen(max).len(), max);
        }
        assert_eq!(layer.value(b"d").unwrap(), None);
        assert_eq!(layer.value(b"b").unwrap(), Some(b"old".to_vec()));
    }
}
