//! JSON: an array of objects, or an object on every line.

use std::io::{self, Write};

use super::{Header, WriteError, cell, push_json, push_json_text};

/// What stands between the objects.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// One array; every object on a line of its own.
    Array,
    /// Nothing but line ends.
    Lines,
}

pub(super) fn write<R: AsRef<[Option<String>]>>(
    header: &Header<'_>,
    rows: impl Iterator<Item = io::Result<R>>,
    to: &mut impl Write,
    frame: Frame,
) -> Result<(), WriteError> {
    let keys: Vec<Vec<u8>> = header
        .items
        .iter()
        .map(|it| {
            let mut key = Vec::new();
            push_json_text(&it.name, &mut key);
            key.push(b':');
            key
        })
        .collect();
    let mut object = Vec::with_capacity(1024);
    if frame == Frame::Array {
        to.write_all(b"[")?;
    }
    for (number, row) in rows.enumerate() {
        let row = row?;
        object.clear();
        match frame {
            Frame::Array if number == 0 => object.push(b'\n'),
            Frame::Array => object.extend_from_slice(b",\n"),
            Frame::Lines => {}
        }
        object.push(b'{');
        for (i, (item, key)) in header.items.iter().zip(&keys).enumerate() {
            if 0 < i {
                object.push(b',');
            }
            object.extend_from_slice(key);
            push_json(item.kind, cell(row.as_ref(), i), &mut object);
        }
        object.push(b'}');
        if frame == Frame::Lines {
            object.push(b'\n');
        }
        to.write_all(&object)?;
    }
    if frame == Frame::Array {
        to.write_all(b"\n]\n")?;
    }
    Ok(())
}
