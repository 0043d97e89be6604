//! Implements `statefulchart verify`.

use gostd::os::path_of;
use statefulchart::action::Verify;

use super::flags::{Given, known};
use super::{Args, Command, Failure, net, output, profile, signature};

pub(super) const COMMAND: Command = Command {
    name: "verify",
    usage: "verify PATH",
    about: "verify that a chart at the given path has been signed and is valid",
    long: "Check a package against the provenance file beside it, PATH.prov: that a key of the keyring has\nsigned it, and that the package is the one that was signed.",
    flags: &[&[known::KEYRING.about("keyring containing public keys")]],
    args: Args::Exactly(1),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    let [path] = &given.args[..] else { return Err("one argument is needed".into()) };
    let verify = Verify {
        package: path_of(path).into_owned(),
        keyring: net::keyring(given).into(),
        profile: profile::current(),
    };
    output::stdout(signature::words(&verify.run()?).as_bytes())
}
