//! Tells which texts Go's `mail.ParseAddress` takes for one e-mail address.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Returns whether the text is one RFC 5322 address by Go's reading: `a@b`, `Name <a@b>`, comments,
/// and a group of one.
pub fn is_address(text: &str) -> bool {
    let mut reader = Reader { rest: text };
    reader.address(true) == Some(1) && reader.skip_comments().is_some() && reader.rest.is_empty()
}

fn is_visible(c: char) -> bool {
    ('!'..='~').contains(&c) || !c.is_ascii()
}

fn is_atom(c: char) -> bool {
    is_visible(c) && !"()<>[]:;@\\,\"".contains(c)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn take(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Reads an address or, where that is allowed, a group; answers how many addresses it holds.
    fn address(&mut self, group: bool) -> Option<usize> {
        self.skip_space();
        if self.rest.is_empty() {
            return None;
        }
        let start = self.rest;
        if self.spec().is_some() {
            self.skip_space();
            if self.take('(') {
                self.comment()?;
            }
            return Some(1);
        }
        self.rest = start;
        if !self.rest.starts_with('<') {
            self.phrase()?;
        }
        self.skip_space();
        if group && self.take(':') {
            return self.group();
        }
        if !self.take('<') {
            return None;
        }
        self.spec()?;
        if self.take('>') { Some(1) } else { None }
    }

    fn group(&mut self) -> Option<usize> {
        self.skip_space();
        if self.take(';') {
            self.skip_comments()?;
            return Some(0);
        }
        let mut count = 0;
        loop {
            self.skip_space();
            count += self.address(false)?;
            self.skip_comments()?;
            if self.take(';') {
                self.skip_comments()?;
                return Some(count);
            }
            if !self.take(',') {
                return None;
            }
        }
    }

    /// Reads `local@domain`
    fn spec(&mut self) -> Option<()> {
        self.skip_space();
        if self.rest.starts_with('"') {
            if self.quoted()?.is_empty() {
                return None;
            }
        } else {
            self.strict_atom()?;
        }
        if !self.take('@') {
            return None;
        }
        self.skip_space();
        if self.take('[') { self.domain_literal() } else { self.strict_atom() }
    }

    fn atom(&mut self) -> Option<&'a str> {
        let end = self.rest.find(|c| !is_atom(c)).unwrap_or(self.rest.len());
        let (atom, rest) = self.rest.split_at(end);
        if atom.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(atom)
    }

    /// Reads an atom whose dots stand alone and within.
    fn strict_atom(&mut self) -> Option<()> {
        let atom = self.atom()?;
        if atom.split('.').any(str::is_empty) { None } else { Some(()) }
    }

    /// Returns what a quoted string at the cursor holds, escapes and all.
    fn quoted(&mut self) -> Option<&'a str> {
        let text = self.rest.strip_prefix('"')?;
        let mut escaped = false;
        for (at, c) in text.char_indices() {
            match c {
                _ if !is_visible(c) && c != ' ' && c != '\t' => return None,
                _ if escaped => escaped = false,
                '"' => {
                    self.rest = text.get(at + 1..)?;
                    return text.get(..at);
                }
                '\\' => escaped = true,
                _ => {}
            }
        }
        None
    }

    fn phrase(&mut self) -> Option<()> {
        let mut words = 0;
        loop {
            if words > 0 {
                self.skip_comments()?;
            }
            self.skip_space();
            if self.rest.is_empty() {
                return Some(());
            }
            let word = if self.rest.starts_with('"') { self.quoted() } else { self.atom() };
            match word {
                Some(_) => words += 1,
                None if words > 0 => return Some(()),
                None => return None,
            }
        }
    }

    fn domain_literal(&mut self) -> Option<()> {
        let (address, rest) = self.rest.split_once(']')?;
        self.rest = rest;
        if address.parse::<Ipv4Addr>().is_ok() || address.parse::<Ipv6Addr>().is_ok() {
            Some(())
        } else {
            None
        }
    }

    fn skip_comments(&mut self) -> Option<()> {
        self.skip_space();
        while self.take('(') {
            self.comment()?;
            self.skip_space();
        }
        Some(())
    }

    /// Reads the rest of a comment whose parenthesis is taken.
    fn comment(&mut self) -> Option<()> {
        let mut depth = 1;
        let mut escaped = false;
        for (at, c) in self.rest.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if self.rest.len() > at + 1 => escaped = true,
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.rest = self.rest.get(at + 1..)?;
                return Some(());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn addresses_are_those_go_takes() {
        for (text, want) in [
            ("a@b", true),
            ("a.b@c.d", true),
            ("Name <a@b.c>", true),
            ("\"x y\"@b", true),
            ("a@[1.2.3.4]", true),
            ("a@b (comment)", true),
            ("g: a@b;", true),
            ("g: a@b, c@d;", false),
            ("a", false),
            ("a@", false),
            ("@b", false),
            (".a@b", false),
            ("a..b@c", false),
            ("a@b.", false),
            ("a@[x]", false),
            ("a@b c", false),
            ("<a@b", false),
            ("é@ü.de", true),
            ("", false),
        ] {
            assert_eq!(is_address(text), want, "{text}");
        }
    }
}
