//! Links the Linux binary without a dynamic loader: for a program that lives two milliseconds, loading libc and
//! relocating addresses would be a quarter of its life.
//!
//! `-C target-feature=+crt-static` would do the same, but Cargo applies it to procedural macros as well, which
//! cannot be built that way unless `--target` is given. So rustc's own list of libraries is kept, and a directory
//! of linker scripts, searched before the system's, maps each name to its archive. Where the C library's archive
//! is not installed, or on any other system, the binary is linked as usual.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What rustc asks the linker for on Linux with glibc, and the archive behind each name.
const LIBRARIES: [(&str, &str); 7] = [
    ("gcc_s", "GROUP(-lgcc_eh -lgcc)"),
    ("util", "INPUT(-l:libutil.a)"),
    ("rt", "INPUT(-l:librt.a)"),
    ("pthread", "INPUT(-l:libpthread.a)"),
    ("m", "INPUT(-l:libm.a)"),
    ("dl", "INPUT(-l:libdl.a)"),
    ("c", "GROUP(-l:libc.a -lgcc_eh -lgcc)"),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, wanted: &str| env::var(name).is_ok_and(|v| v == wanted);
    if !is("CARGO_CFG_TARGET_OS", "linux")
        || !is("CARGO_CFG_TARGET_ENV", "gnu")
        || env::var("HOST") != env::var("TARGET")
    {
        return;
    }
    if !["libc.a", "libm.a", "libgcc_eh.a"].iter().all(|name| archive(name)) {
        return;
    }
    let Ok(out) = env::var("OUT_DIR").map(PathBuf::from) else { return };
    if scripts(&out.join("static")).is_ok() {
        println!("cargo::rustc-link-arg-bins=-L{}", out.join("static").display());
        println!("cargo::rustc-link-arg-bins=-static");
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

/// Whether the C compiler, which is rustc's linker, knows where the archive is.
fn archive(name: &str) -> bool {
    Command::new("cc")
        .arg(format!("-print-file-name={name}"))
        .output()
        .is_ok_and(|found| Path::new(String::from_utf8_lossy(&found.stdout).trim()).is_absolute())
}

fn scripts(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    for (name, script) in LIBRARIES {
        fs::write(dir.join(format!("lib{name}.so")), script)?;
    }
    Ok(())
}
