#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| statefulchart_fuzz::cel(data));
