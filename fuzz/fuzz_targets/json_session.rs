#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rehearsal::fuzzing::json_session(bytes));
