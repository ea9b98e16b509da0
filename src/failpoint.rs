//! Named places at which a test may end the process, as `kill -9` would.
//!
//! Compiled to nothing without the feature `failpoints`. With it, `GUICHET_FAILPOINT=name` ends the
//! process when the place is reached for the first time, `name:7` when it is reached for the seventh.
//! The process aborts: no destructor, no buffer flushed, no further thread scheduled.

/// Marks a place at which a crash test may end the process.
#[macro_export]
macro_rules! failpoint {
    ($name:expr) => {
        $crate::failpoint::reach($name)
    };
}

/// Ends the process if `GUICHET_FAILPOINT` names this place and its turn has come.
#[cfg(feature = "failpoints")]
pub fn reach(name: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static WANTED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static REACHED: AtomicU64 = AtomicU64::new(0);
    let wanted = WANTED.get_or_init(|| {
        let value = std::env::var("GUICHET_FAILPOINT").ok()?;
        Some(match value.rsplit_once(':') {
            Some((name, nth)) if nth.parse::<u64>().is_ok() => {
                (name.to_owned(), nth.parse().unwrap_or(1))
            }
            _ => (value, 1),
        })
    });
    if let Some((wanted, nth)) = wanted
        && wanted == name
        && REACHED.fetch_add(1, Ordering::SeqCst) + 1 == *nth
    {
        std::process::abort();
    }
}

/// Does nothing: the feature `failpoints` is off.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub fn reach(_name: &str) {}

/// Panics if a mail asks for it in this stage, as a stage that meets its match would: with the mail's
/// own words in the message.
#[cfg(feature = "failpoints")]
#[allow(clippy::panic)] // its purpose
pub fn panic_if_asked(stage: &str, mail: &[u8]) {
    let text = String::from_utf8_lossy(mail);
    let header = format!("X-Guichet-Test-Panic: {stage}");
    if text.lines().any(|line| line == header) {
        panic!("{text}");
    }
}

/// Does nothing: the feature `failpoints` is off.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub fn panic_if_asked(_stage: &str, _mail: &[u8]) {}
