//! Renders one chart a thousand times on all cores: `cargo run --release --example many -- CHART`.

use std::error::Error;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use statefulchart::{Chart, Template};

const RENDERS: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).unwrap_or("charts/python-app".into());
    let chart = Chart::load(path)?;
    let threads = thread::available_parallelism()?.get();
    let (next, bytes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let start = Instant::now();
    let render = || -> Result<(), statefulchart::Error> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= RENDERS {
                return Ok(());
            }
            let rendered = Template::new(&chart).release(&format!("release-{number}")).run()?;
            bytes.fetch_add(rendered.manifest().len(), Ordering::Relaxed);
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(render)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or(Ok(())))
    })?;
    let each = start.elapsed() / RENDERS as u32;
    let about = format!(
        "{RENDERS} renders of {} {} on {threads} threads: {each:?} each, {} bytes in all",
        chart.name(),
        chart.version(),
        bytes.into_inner()
    );
    writeln!(std::io::stdout(), "{about}")?;
    Ok(())
}
