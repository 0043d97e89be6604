//! Packed charts: written as the cases ask for, and read for their contents.

use std::path::Path;

use super::files;

/// Writes a folder as a gzipped tar archive, stored rather than compressed.
pub(super) fn pack(folder: &Path) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, data) in files(folder) {
        let name = format!("{}/{name}", folder.file_name().unwrap().to_str().unwrap());
        let mut header = [0u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[108..116].copy_from_slice(b"0000000\0");
        header[116..124].copy_from_slice(b"0000000\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", data.len()).as_bytes());
        header[136..148].copy_from_slice(b"00000000000\0");
        header[148..156].fill(b' ');
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|&b| u32::from(b)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        tar.extend_from_slice(&header);
        tar.extend_from_slice(&data);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    gzip(&tar)
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut blocks = data.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap();
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    let mut crc = !0u32;
    for &byte in data {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(crc & 1));
        }
    }
    out.extend((!crc).to_le_bytes());
    out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    out
}

/// What is in a package, in its order, neither times nor how it is compressed; other data as it is.
pub(super) fn listing(data: Vec<u8>) -> Vec<u8> {
    if !data.starts_with(b"\x1f\x8b") {
        return data;
    }
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(data.as_slice()));
    let mut text = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let (mode, size) = (entry.header().mode().unwrap(), entry.size());
        // A lock file's depends on the fraction of a second.
        let size = if name.ends_with(".lock") { "-".to_owned() } else { size.to_string() };
        text.extend_from_slice(format!("{name} {mode:o} {size}\n").as_bytes());
        std::io::Read::read_to_end(&mut entry, &mut text).unwrap();
        text.push(b'\n');
    }
    text
}
