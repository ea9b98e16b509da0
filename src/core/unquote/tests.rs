//! Quotes, signatures and forms of the usual mail programs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

use super::*;

#[test]
fn nothing_quoted_is_all_new() {
    let parts = unquote("Bonjour,\n\nJe viens.\n");
    assert_eq!(parts.new, "Bonjour,\n\nJe viens.");
    assert!(parts.quotes.is_empty());
}
