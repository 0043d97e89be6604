//! Implements `statefulchart registry login|logout`.

use std::io::{BufRead, IsTerminal};

use statefulchart::action::{RegistryLogin, RegistryLogout};
use statefulchart::profile::Rule;
use statefulchart::report::{Event, Notice, Reporter, Warning};

use super::flags::{Given, known};
use super::reporter::Terminal;
use super::settings::Settings;
use super::{Args, Command, Failure, Group, net, output, profile, secrets};

pub(super) const GROUP: Group = Group {
    name: "registry",
    names: &["registry"],
    about: "login to or logout from a registry",
    commands: &[LOGIN, LOGOUT],
    rules: &[],
    aliases: &[],
};

const LOGIN: Command = Command {
    name: "login",
    usage: "registry login [host]",
    about: "login to a registry",
    long: "Check a name and a password with a registry, and keep them.",
    flags: &[&[
        known::CA_FILE.about("CA bundle for HTTPS servers"),
        known::CERT_FILE.about("client certificate for HTTPS servers"),
        known::INSECURE.about("allow connections to TLS registry without certs"),
        known::KEY_FILE.about("client key for HTTPS servers"),
        known::PASSWORD.short('p').about("registry password or identity token"),
        known::PASSWORD_STDIN.about("read password or identity token from stdin"),
        known::PLAIN_HTTP
            .about("use insecure HTTP connections for the login")
            .with(Rule::LoginsOverPlainHttp),
        known::USERNAME.short('u').about("registry username"),
    ]],
    args: Args::AtLeast(1),
    run: login,
};

const LOGOUT: Command = Command {
    name: "logout",
    usage: "registry logout [host]",
    about: "logout from a registry",
    long: "Forget the name and the password for a registry.",
    flags: &[],
    args: Args::AtLeast(1),
    run: logout,
};

fn login(given: &Given) -> Result<(), Failure> {
    let name_of_host = given.args.first().map(String::as_str).unwrap_or_default();
    let mut name = given.username.as_deref().unwrap_or_default().to_owned();
    let mut password = given.password.as_deref().unwrap_or_default().to_owned();
    if given.password_stdin {
        password = secrets::read_password(true)?;
    } else if password.is_empty() {
        if name.is_empty() {
            output::stdout(b"Username: ")?;
            let read = std::io::stdin().lock().read_line(&mut name);
            if read.map_err(|e| e.to_string())? == 0 {
                return Err("EOF".into());
            }
            name = name.trim().to_owned();
        }
        let (prompt, required) = match name.is_empty() {
            true => ("Token: ", "token required"),
            false => ("Password: ", "password required"),
        };
        output::stdout(prompt.as_bytes())?;
        if !std::io::stdin().is_terminal() {
            return Err("inappropriate ioctl for device".into());
        }
        password = secrets::read_hidden()?;
        if password.is_empty() {
            return Err(required.into());
        }
    } else {
        Terminal::QUIET.report(Event::Warning(Warning::PasswordIsSeen));
    }
    let login = RegistryLogin { registry: name_of_host.to_owned(), username: name, password };
    let (providers, reporter) = (net::providers(given), Terminal::of(given));
    login.run(&providers.registry(&reporter), &reporter)?;
    reporter.report(Event::Notice(Notice::LoggedIn));
    Ok(())
}

fn logout(given: &Given) -> Result<(), Failure> {
    let registry = given.args.first().cloned().unwrap_or_default();
    RegistryLogout { registry: registry.clone() }
        .run(&Settings::read(given).logins(), profile::current())?;
    Terminal::QUIET.report(Event::Notice(Notice::LoggedOut { registry }));
    Ok(())
}
