//! Renders a chart: `cargo run --example render -- CHART [NAME=VALUE …]`.

use std::error::Error;
use std::io::Write;

use statefulchart::{Chart, Template};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let chart = Chart::load(args.next().unwrap_or("charts/python-app".into()))?;
    let mut template = Template::new(&chart).release("example");
    for line in args {
        template = template.set(&line)?;
    }
    std::io::stdout().write_all(&template.run()?.manifest())?;
    Ok(())
}
