//! The name of this device, in the file `device` beside the log.

use std::path::Path;

use crate::atomic_file::{self, Access};
use crate::history::Device;
use crate::store::db::open::DatabaseFile;
use crate::store::error::Error;

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

/// Returns the name in the `device` file, which another process may have changed.
pub(crate) fn taken(local: &Path) -> Option<Device> {
    Device::parse(std::fs::read_to_string(local.join("device")).ok()?.split_once(' ')?.0)
}

/// Returns a hash of this machine and this folder.
fn here(local: &Path) -> String {
    let home = local.canonicalize().unwrap_or_else(|_| local.to_owned());
    let machine =
        ["/etc/machine-id", "/var/lib/dbus/machine-id"].iter().find_map(|path| std::fs::read_to_string(path).ok());
    let here = blake3::hash(format!("{}\n{}", machine.unwrap_or_default().trim(), home.display()).as_bytes());
    here.to_hex()[..32].to_owned()
}

/// Returns the name in a folder's `device` file, and whether the hash matches.
fn stored_name(local: &Path, here: &str) -> Option<(Device, bool)> {
    let text = std::fs::read_to_string(local.join("device")).ok()?;
    let (name, home) = text.trim().split_once(' ')?;
    Some((Device::parse(name)?, home == here))
}

fn write(local: &Path, name: Device, here: &str) -> Result<(), Error> {
    let path = local.join("device");
    atomic_file::replace(&path, format!("{name} {here}\n").as_bytes(), Access::Private)
        .map_err(Error::file(&path, "cannot be written"))
}
