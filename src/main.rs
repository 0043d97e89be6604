//! The `statefulchart` command.
#![cfg_attr(all(target_os = "linux", target_env = "gnu", not(test)), no_main)]

mod cli;

#[cfg(all(target_os = "linux", target_env = "gnu", not(test)))]
statefulchart_entry::main!(run);

#[cfg(not(all(target_os = "linux", target_env = "gnu", not(test))))]
fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(run())
}

fn run() -> u8 {
    cli::run(std::env::args_os())
}
