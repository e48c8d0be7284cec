//! The name of this device, in the file `device` beside the log.

use std::path::Path;

use crate::atomic_file::{self, Access};
use crate::history::Device;
use crate::regular_file;
use crate::store::db::open::DatabaseFile;
use crate::store::error::Error;

/// More than a name and a hash take, in bytes.
const LARGEST: u64 = 1 << 10;

/// Returns the device's name, which is stored with a hash of machine and folder. If they no longer match, the folder was
/// copied. Two devices must not share a name, so this one takes a new one and keeps both histories.
pub(crate) fn name(file: &DatabaseFile, local: &Path, random: u64, notes: &mut Vec<String>) -> Result<Device, Error> {
    let here = here(local);
    if let Some((name, true)) = stored_name(local, &here) {
        return Ok(name);
    }
    let _lock = file.lock()?;
    match stored_name(local, &here) {
        Some((name, true)) => return Ok(name),
        Some((old, false)) => {
            notes.push(format!(
                "this folder was copied or moved: it goes on as a new device beside `{old}`, with both histories"
            ));
        }
        None => {}
    }
    let name = Device::from_bits(random);
    write(local, name, &here)?;
    Ok(name)
}

/// Returns the device that a folder was elsewhere, if it was copied or moved here since it was last opened.
pub(crate) fn copied_from(local: &Path) -> Option<Device> {
    stored_name(local, &here(local)).filter(|(_, here)| !here).map(|(name, _)| name)
}

/// Takes a new name, because another machine uses this one.
pub(crate) fn rename(file: &DatabaseFile, local: &Path, old: Device, random: u64) -> Result<Device, Error> {
    let here = here(local);
    let _lock = file.lock()?;
    // Another process may have taken one in the meantime.
    if let Some((name, true)) = stored_name(local, &here)
        && name != old
    {
        return Ok(name);
    }
    // The old name may have been made from the same bits.
    let hash = blake3::hash(format!("{old} {random}").as_bytes());
    let bits = hash.as_bytes().iter().take(8).fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
    let name = Device::from_bits(bits);
    write(local, name, &here)?;
    Ok(name)
}

/// Returns whether the folder's file `device` names this machine, so that no clone brought it. Without an id of its own no
/// machine can be named.
pub(crate) fn is_of_this_machine(local: &Path) -> bool {
    let machine = machine();
    is_own_id(&machine) && stored_name(local, &hash(&machine, local)).is_some_and(|(_, here)| here)
}

/// Returns the name in the `device` file, which another process may have changed.
pub(crate) fn taken(local: &Path) -> Option<Device> {
    Some(stored_name(local, "")?.0)
}

/// Returns a hash of this machine and this folder.
fn here(local: &Path) -> String {
    hash(&machine(), local)
}

fn hash(machine: &str, local: &Path) -> String {
    let home = local.canonicalize().unwrap_or_else(|_| local.to_owned());
    let here = blake3::hash(format!("{machine}\n{}", home.display()).as_bytes());
    here.to_hex()[..32].to_owned()
}

/// Returns the id of this machine; empty if it has none.
fn machine() -> String {
    let read = |path: &&str| std::fs::read_to_string(path).ok();
    let id = ["/etc/machine-id", "/var/lib/dbus/machine-id"].iter().find_map(read);
    id.unwrap_or_default().trim().to_owned()
}

/// Returns whether an id belongs to one machine: 32 hexadecimal digits that are not all the same. System images ship an empty
/// one, `uninitialized`, or zeros (machine-id(5)), which every machine made from them shares.
fn is_own_id(id: &str) -> bool {
    let mut digits = id.bytes();
    let first = digits.next();
    id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit()) && digits.any(|digit| Some(digit) != first)
}

/// Returns the name in a folder's `device` file, and whether the hash matches.
fn stored_name(local: &Path, here: &str) -> Option<(Device, bool)> {
    let text = String::from_utf8(regular_file::read(&local.join("device"), LARGEST).ok()?).ok()?;
    let (name, home) = text.trim().split_once(' ')?;
    Some((Device::parse(name)?, home == here))
}

fn write(local: &Path, name: Device, here: &str) -> Result<(), Error> {
    let path = local.join("device");
    atomic_file::replace(&path, format!("{name} {here}\n").as_bytes(), Access::Private)
        .map_err(Error::file(&path, "cannot be written"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_machines_share_names_none_of_them() {
        let cases = [
            ("3d1219c7c4c5404aaa1f6d2a48adfda4", true),
            ("", false),
            ("uninitialized", false),
            ("00000000000000000000000000000000", false),
            ("ffffffffffffffffffffffffffffffff", false),
            ("3d1219c7c4c5404aaa1f6d2a48adfda", false),
            ("3d1219c7-c4c5-404a-aa1f-6d2a48adfda4", false),
        ];
        for (id, own) in cases {
            assert_eq!(is_own_id(id), own, "{id}");
        }
    }
}
