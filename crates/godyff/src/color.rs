//! Knows colours: those that texts name by escape sequences, and of 16 the one that looks most like another.

/// Which colours are written.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum Colors {
    /// None, nor any other emphasis.
    #[default]
    Off,
    /// The 16 of a plain terminal: of each colour the one that looks most like it.
    Basic,
    /// All of 24 bits.
    Full,
}

/// Red, green and blue.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Rgb(pub(crate) u8, pub(crate) u8, pub(crate) u8);

impl Rgb {
    const fn hex(rgb: u32) -> Rgb {
        Rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
    }
}

pub(crate) const ADDED: Rgb = Rgb::hex(0x58bf38);
pub(crate) const MODIFIED: Rgb = Rgb::hex(0xc7c43f);
pub(crate) const REMOVED: Rgb = Rgb::hex(0xb9311b);
pub(crate) const LIGHT_GREEN: Rgb = Rgb::hex(0x90ee90);
pub(crate) const LIGHT_SALMON: Rgb = Rgb::hex(0xffa07a);
pub(crate) const DIM_GRAY: Rgb = Rgb::hex(0x696969);
pub(crate) const LIGHT_STEEL_BLUE: Rgb = Rgb::hex(0xb0c4de);
pub(crate) const CORNFLOWER_BLUE: Rgb = Rgb::hex(0x6495ed);
pub(crate) const ORANGE: Rgb = Rgb::hex(0xffa500);
pub(crate) const AQUAMARINE: Rgb = Rgb::hex(0x7fffd4);

/// The colours of a piece of YAML.
pub(crate) struct Scheme {
    pub(crate) key: Rgb,
    pub(crate) indent_line: Rgb,
    /// Of scalars, numbers and booleans.
    pub(crate) scalar: Rgb,
    pub(crate) multiline: Rgb,
    pub(crate) null: Rgb,
    /// Of empty collections.
    pub(crate) empty: Rgb,
    pub(crate) dash: Rgb,
}

/// What was removed.
pub(crate) const REDDISH: Scheme = Scheme {
    key: Rgb::hex(0xb22222),
    indent_line: Rgb(51, 0, 0),
    scalar: Rgb::hex(0xf08080),
    multiline: Rgb::hex(0xe9967a),
    null: Rgb::hex(0xfa8072),
    empty: LIGHT_SALMON,
    dash: Rgb::hex(0xb22222),
};

/// What was added.
pub(crate) const GREENISH: Scheme = Scheme {
    key: Rgb::hex(0x008000),
    indent_line: Rgb(0, 51, 0),
    scalar: Rgb::hex(0x32cd32),
    multiline: Rgb::hex(0x6b8e23),
    null: Rgb::hex(0x808000),
    empty: Rgb::hex(0x556b2f),
    dash: Rgb::hex(0x008000),
};

/// Returns the colour of a column of the banner.
pub(crate) fn banner(column: usize) -> Option<Rgb> {
    match column {
        0..7 => Some(Rgb(115, 181, 77)),
        7..13 => Some(Rgb(201, 194, 97)),
        13..21 => Some(Rgb(166, 43, 43)),
        _ => None,
    }
}

/// Returns what a code of 30 to 37 or 90 to 97 is read as.
pub(crate) fn of_code(code: u8) -> Option<Rgb> {
    Some(match code {
        30 => Rgb(1, 1, 1),
        31 => Rgb(222, 56, 43),
        32 => Rgb(57, 181, 74),
        33 => Rgb(255, 199, 6),
        34 => Rgb(0, 111, 184),
        35 => Rgb(118, 38, 113),
        36 => Rgb(44, 181, 233),
        37 => Rgb(204, 204, 204),
        90 => Rgb(128, 128, 128),
        91 => Rgb(255, 0, 0),
        92 => Rgb(0, 255, 0),
        93 => Rgb(255, 255, 0),
        94 => Rgb(0, 0, 255),
        95 => Rgb(255, 0, 255),
        96 => Rgb(0, 255, 255),
        97 => Rgb(255, 255, 255),
        _ => return None,
    })
}

/// Returns a colour of the palette of 256.
pub(crate) fn of_palette(index: u8) -> Rgb {
    const FIRST: [u32; 16] = [
        0x000000, 0xaa0000, 0x00aa00, 0xe5e510, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xe5e5e5, 0x555555,
        0xff5555, 0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
    ];
    match index {
        0..16 => Rgb::hex(FIRST[usize::from(index)]),
        16..232 => {
            let n = index - 16;
            Rgb(n / 36 * 51, n / 6 % 6 * 51, n % 6 * 51)
        }
        232.. => {
            let gray = (f32::from(index - 232) * (255.0 / 23.0)) as u8;
            Rgb(gray, gray, gray)
        }
    }
}

/// The codes of 16 colours, and what a terminal shows.
const BASIC: [(u8, u32); 16] = [
    (30, 0x000000),
    (31, 0xaa0000),
    (32, 0x00aa00),
    (33, 0xffff00),
    (34, 0x0000aa),
    (35, 0xaa00aa),
    (36, 0x00aaaa),
    (37, 0xaaaaaa),
    (90, 0x555555),
    (91, 0xff5555),
    (92, 0x55ff55),
    (93, 0xffff55),
    (94, 0x5555ff),
    (95, 0xff55ff),
    (96, 0x55ffff),
    (97, 0xffffff),
];

/// Returns the code of the colour that looks most like this one, by CIEDE2000.
pub(crate) fn closest(color: Rgb) -> u8 {
    let target = Lab::of(color);
    let (mut best, mut least) = (0, f64::MAX);
    for (code, rgb) in BASIC {
        let distance = difference(&target, &Lab::of(Rgb::hex(rgb)));
        if distance < least {
            (best, least) = (code, distance);
        }
    }
    best
}

struct Lab {
    l: f64,
    a: f64,
    b: f64,
}

impl Lab {
    fn of(Rgb(r, g, b): Rgb) -> Lab {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            100.0 * if c > 0.04045 { ((c + 0.055) / 1.055).powf(2.4) } else { c / 12.92 }
        };
        let (r, g, b) = (linear(r), linear(g), linear(b));
        // The constant below that should be added, 16/116, is a whole number to Go: none.
        let root = |c: f64| if c > 0.008856 { c.powf(1.0 / 3.0) } else { 7.787 * c };
        let x = root((r * 0.4124 + g * 0.3576 + b * 0.1805) / 95.047);
        let y = root((r * 0.2126 + g * 0.7152 + b * 0.0722) / 100.0);
        let z = root((r * 0.0193 + g * 0.1192 + b * 0.9505) / 108.883);
        Lab { l: (116.0 * y - 16.0).max(0.0), a: 500.0 * (x - y), b: 200.0 * (y - z) }
    }
}

/// Returns how different colours look: the formula of Sharma, Wu and Dalal.
fn difference(one: &Lab, two: &Lab) -> f64 {
    const TURN: f64 = 2.0 * std::f64::consts::PI;
    let chroma = |a: f64, b: f64| a.hypot(b);
    let seventh = |c: f64| (c.powi(7) / (c.powi(7) + 25f64.powi(7))).sqrt();
    let mean = (chroma(one.a, one.b) + chroma(two.a, two.b)) / 2.0;
    let stretch = 1.0 + 0.5 * (1.0 - seventh(mean));
    let (a1, a2) = (stretch * one.a, stretch * two.a);
    let (c1, c2) = (chroma(a1, one.b), chroma(a2, two.b));
    let hue = |a: f64, b: f64| match (a, b) {
        (0.0, 0.0) => 0.0,
        _ => Some(b.atan2(a)).map_or(0.0, |h| if h < 0.0 { h + TURN } else { h }),
    };
    let (h1, h2) = (hue(a1, one.b), hue(a2, two.b));
    let is_gray = c1 * c2 == 0.0;
    let turn = match h2 - h1 {
        _ if is_gray => 0.0,
        d if d < -TURN / 2.0 => d + TURN,
        d if d > TURN / 2.0 => d - TURN,
        d => d,
    };
    let (dl, dc) = (two.l - one.l, c2 - c1);
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).sin();
    let (l, c) = ((one.l + two.l) / 2.0, (c1 + c2) / 2.0);
    let h = match h1 + h2 {
        sum if is_gray => sum,
        sum if (h1 - h2).abs() <= TURN / 2.0 => sum / 2.0,
        sum if sum < TURN => (sum + TURN) / 2.0,
        sum => (sum - TURN) / 2.0,
    };
    let degrees = |d: f64| d * (std::f64::consts::PI / 180.0);
    let t = 1.0 - 0.17 * (h - degrees(30.0)).cos()
        + 0.24 * (2.0 * h).cos()
        + 0.32 * (3.0 * h + degrees(6.0)).cos()
        - 0.20 * (4.0 * h - degrees(63.0)).cos();
    let theta = degrees(30.0) * (-((h - degrees(275.0)) / degrees(25.0)).powi(2)).exp();
    let rc = 2.0 * seventh(c);
    let squared = (l - 50.0).powi(2);
    let sl = 1.0 + 0.015 * squared / (20.0 + squared).sqrt();
    let (sc, sh) = (1.0 + 0.045 * c, 1.0 + 0.015 * c * t);
    let rt = -(2.0 * theta).sin() * rc;
    let (dl, dc, dh) = (dl / sl, dc / sc, dh / sh);
    (dl * dl + dc * dc + dh * dh + rt * dc * dh).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_the_program() {
        // From dyff's own output with `--color on --truecolor off`.
        for (color, code) in [(Rgb(255, 255, 255), 97), (Rgb(170, 0, 0), 31), (Rgb(1, 1, 1), 30)] {
            assert_eq!(closest(color), code, "{color:?}");
        }
        // The test of mattn/go-ciede2000.
        let (a, b) = (Lab::of(Rgb(200, 255, 0)), Lab::of(Rgb(50, 60, 255)));
        assert!((difference(&a, &b) - 101.849_788_068_643_32).abs() < 1e-9);
    }
}
