#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rehearsal::fuzzing::deck_parser(bytes));
