//! The register as the spines see it: journal and store as one thing.
