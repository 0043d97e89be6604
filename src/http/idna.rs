//! Writes hosts in letters of all the world as those that names of servers have (RFC 3492).

use gostd::os::bytes_of;

/// Returns a host in ASCII, each label that is not in Punycode: `é.org` is `xn--9ca.org`.
pub(super) fn to_ascii(host: &str) -> String {
    if host.is_ascii() {
        return host.to_owned();
    }
    // A byte that is not UTF-8 is the letter that stands for such.
    let host = String::from_utf8_lossy(&bytes_of(host)).into_owned();
    // Other full stops than that of ASCII, too.
    let labels = host.split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}']).map(|label| {
        let label = label.to_lowercase();
        if label.is_ascii() { label } else { format!("xn--{}", encoded(&label)) }
    });
    labels.collect::<Vec<_>>().join(".")
}

/// Returns a label in Punycode.
fn encoded(label: &str) -> String {
    const BASE: u32 = 36;
    const MIN: u32 = 1;
    const MAX: u32 = 26;
    let digit = |value: u32| char::from_digit(value, BASE).map(rotated).unwrap_or_default();
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let basic = out.len() as u32;
    if basic > 0 {
        out.push('-');
    }
    let (mut next, mut delta, mut bias, mut handled) = (128, 0_u32, 72, basic);
    loop {
        let above = label.chars().map(u32::from).filter(|c| *c >= next);
        let Some(smallest) = above.min() else { return out };
        delta = delta.saturating_add((smallest - next).saturating_mul(handled + 1));
        next = smallest;
        for c in label.chars().map(u32::from) {
            if c < next {
                delta = delta.saturating_add(1);
            }
            if c != next {
                continue;
            }
            let (mut rest, mut place) = (delta, BASE);
            loop {
                let threshold = place.saturating_sub(bias).clamp(MIN, MAX);
                if rest < threshold {
                    break;
                }
                out.push(digit(threshold + (rest - threshold) % (BASE - threshold)));
                rest = (rest - threshold) / (BASE - threshold);
                place += BASE;
            }
            out.push(digit(rest));
            delta = if handled == basic { delta / 700 } else { delta / 2 };
            delta += delta / (handled + 1);
            let mut steps = 0;
            while delta > (BASE - MIN) * MAX / 2 {
                delta /= BASE - MIN;
                steps += BASE;
            }
            bias = steps + (BASE - MIN + 1) * delta / (delta + 38);
            delta = 0;
            handled += 1;
        }
        delta = delta.saturating_add(1);
        next += 1;
    }
}

/// Returns the digit of Punycode, which has letters before numbers, for one of base 36.
fn rotated(digit: char) -> char {
    match digit {
        '0'..='9' => char::from(b'a' + digit as u8 - b'0'),
        'a'..='p' => char::from(b'k' + digit as u8 - b'a'),
        _ => char::from(b'0' + digit as u8 - b'q'),
    }
}

#[cfg(test)]
mod tests {
    use super::to_ascii;
    use gostd::os::text_of;

    #[test]
    fn hosts_are_written_as_go_asks_for_them() {
        for (host, want) in [
            ("example.org", "example.org"),
            ("A_b.org", "A_b.org"),
            ("\u{e9}.invalid", "xn--9ca.invalid"),
            ("b\u{fc}cher.Example", "xn--bcher-kva.example"),
            ("B\u{dc}CHER.example", "xn--bcher-kva.example"),
            ("\u{65e5}\u{672c}\u{8a9e}\u{3002}jp", "xn--wgv71a119e.jp"),
            ("m\u{fc}nchen-ost", "xn--mnchen-ost-9db"),
            (&text_of(b"a\xffb.invalid".to_vec()), "xn--ab-gg4n.invalid"),
            (
                "\u{645}\u{62b}\u{627}\u{644}.\u{625}\u{62e}\u{62a}\u{628}\u{627}\u{631}",
                "xn--mgbh0fb.xn--kgbechtv",
            ),
        ] {
            assert_eq!(to_ascii(host), want);
        }
    }
}
