//! The words, as data: one TOML file a language, compiled in.
