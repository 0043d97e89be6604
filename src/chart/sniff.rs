//! Tells what a file that is no archive may be instead: Go's `http.DetectContentType`, after the WHATWG's
//! MIME sniffing standard.

/// Signatures in the order they are tried; a `.` in a signature of [`Kind::Masked`] fits any byte.
const SIGNATURES: &[(Kind, &[u8], &str)] = &[
    (Kind::Html, b"<!DOCTYPE HTML", HTML),
    (Kind::Html, b"<HTML", HTML),
    (Kind::Html, b"<HEAD", HTML),
    (Kind::Html, b"<SCRIPT", HTML),
    (Kind::Html, b"<IFRAME", HTML),
    (Kind::Html, b"<H1", HTML),
    (Kind::Html, b"<DIV", HTML),
    (Kind::Html, b"<FONT", HTML),
    (Kind::Html, b"<TABLE", HTML),
    (Kind::Html, b"<A", HTML),
    (Kind::Html, b"<STYLE", HTML),
    (Kind::Html, b"<TITLE", HTML),
    (Kind::Html, b"<B", HTML),
    (Kind::Html, b"<BODY", HTML),
    (Kind::Html, b"<BR", HTML),
    (Kind::Html, b"<P", HTML),
    (Kind::Html, b"<!--", HTML),
    (Kind::AfterSpace, b"<?xml", "text/xml; charset=utf-8"),
    (Kind::Exact, b"%PDF-", "application/pdf"),
    (Kind::Exact, b"%!PS-Adobe-", "application/postscript"),
    (Kind::Masked, b"\xfe\xff..", "text/plain; charset=utf-16be"),
    (Kind::Masked, b"\xff\xfe..", "text/plain; charset=utf-16le"),
    (Kind::Masked, b"\xef\xbb\xbf.", TEXT),
    (Kind::Exact, b"\0\0\x01\0", "image/x-icon"),
    (Kind::Exact, b"\0\0\x02\0", "image/x-icon"),
    (Kind::Exact, b"BM", "image/bmp"),
    (Kind::Exact, b"GIF87a", "image/gif"),
    (Kind::Exact, b"GIF89a", "image/gif"),
    (Kind::Masked, b"RIFF....WEBPVP", "image/webp"),
    (Kind::Exact, b"\x89PNG\r\n\x1a\n", "image/png"),
    (Kind::Exact, b"\xff\xd8\xff", "image/jpeg"),
    (Kind::Masked, b"FORM....AIFF", "audio/aiff"),
    (Kind::Exact, b"ID3", "audio/mpeg"),
    (Kind::Exact, b"OggS\0", "application/ogg"),
    (Kind::Exact, b"MThd\0\0\0\x06", "audio/midi"),
    (Kind::Masked, b"RIFF....AVI ", "video/avi"),
    (Kind::Masked, b"RIFF....WAVE", "audio/wave"),
    (Kind::Mp4, b"ftyp", "video/mp4"),
    (Kind::Exact, b"\x1a\x45\xdf\xa3", "video/webm"),
    (Kind::Masked, b"..................................LP", "application/vnd.ms-fontobject"),
    (Kind::Exact, b"\0\x01\0\0", "font/ttf"),
    (Kind::Exact, b"OTTO", "font/otf"),
    (Kind::Exact, b"ttcf", "font/collection"),
    (Kind::Exact, b"wOFF", "font/woff"),
    (Kind::Exact, b"wOF2", "font/woff2"),
    (Kind::Exact, GZIP, "application/x-gzip"),
    (Kind::Exact, b"PK\x03\x04", "application/zip"),
    (Kind::Exact, b"Rar!\x1a\x07\0", "application/x-rar-compressed"),
    (Kind::Exact, b"Rar!\x1a\x07\x01\0", "application/x-rar-compressed"),
    (Kind::Exact, b"\0asm", "application/wasm"),
    (Kind::Text, b"", TEXT),
];

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
/// How gzip's files start.
pub(super) const GZIP: &[u8] = b"\x1f\x8b\x08";
/// How many bytes are looked at.
pub(super) const LENGTH: usize = 512;

#[derive(Clone, Copy)]
enum Kind {
    Exact,
    /// Dots in the signature stand for any byte.
    Masked,
    /// After white space.
    AfterSpace,
    /// A tag in any case after white space, ended by a space or `>`.
    Html,
    /// A box whose brands name mp4.
    Mp4,
    /// No control characters.
    Text,
}

/// Returns the MIME type of a file by its first bytes.
pub(super) fn content_type(data: &[u8; LENGTH]) -> &'static str {
    let spaces = data.iter().take_while(|b| matches!(b, b'\t' | b'\n' | 0x0c | b'\r' | b' '));
    let rest = &data[spaces.count()..];
    for (kind, signature, name) in SIGNATURES {
        let fits = match kind {
            Kind::Exact => data.starts_with(signature),
            Kind::Masked => {
                signature.iter().zip(data).all(|(wanted, b)| *wanted == b'.' || wanted == b)
            }
            Kind::AfterSpace => rest.starts_with(signature),
            Kind::Html => {
                rest.get(..signature.len()).is_some_and(|s| s.eq_ignore_ascii_case(signature))
                    && matches!(rest.get(signature.len()), Some(b' ' | b'>'))
            }
            Kind::Mp4 => is_mp4(data),
            Kind::Text => {
                !rest.iter().any(|b| matches!(b, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f))
            }
        };
        if fits {
            return name;
        }
    }
    "application/octet-stream"
}

fn is_mp4(data: &[u8; LENGTH]) -> bool {
    let size = u32::from_be_bytes([data[0], data[1], data[2], data[3]]) as usize;
    if size > data.len() || !size.is_multiple_of(4) || &data[4..8] != b"ftyp" {
        return false;
    }
    // The four bytes at 12 are a version.
    (8..size).step_by(4).any(|at| at != 12 && data[at..].starts_with(b"mp4"))
}

#[cfg(test)]
mod tests {
    use super::{LENGTH, content_type};

    // Recorded from Go 1.23.9's http.DetectContentType.
    #[test]
    fn types_are_those_of_go() {
        for (start, fill, want) in [
            (&b"a: b\n"[..], b' ', "text/plain; charset=utf-8"),
            (b"a: b\n", 0, "application/octet-stream"),
            (b" \n<html>", b'x', "text/html; charset=utf-8"),
            (b"<htmlx", b'x', "text/plain; charset=utf-8"),
            (b"  <?xml", b'x', "text/xml; charset=utf-8"),
            (b"PK\x03\x04", b'x', "application/zip"),
            (b"\0\0\0\x10ftypmp42", 0, "video/mp4"),
            (b"RIFFabcdWAVE", b'x', "audio/wave"),
        ] {
            let mut data = [fill; LENGTH];
            data[..start.len()].copy_from_slice(start);
            assert_eq!(content_type(&data), want, "{start:?}");
        }
    }
}
