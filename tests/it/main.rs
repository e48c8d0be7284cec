//! The program as a whole: one binary, one file a feature.

mod support;

mod commands;
