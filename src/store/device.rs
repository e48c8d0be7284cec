//! The name of this device, in its file beside the log.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::guard::Guard;
use crate::atomic_file::{self, Access};
use crate::history::Device;

/// The device's name, kept with a hash of machine and folder. Where they no longer match the folder was copied: two
/// devices must not share a name, so this one takes a new one, and both histories are kept.
pub(crate) fn name(guard: &Guard, local: &Path, random: u64, notes: &mut Vec<String>) -> Result<Device> {
    let here = here(local);
    if let Some((name, true)) = read(local, &here) {
        return Ok(name);
    }
    let _lock = guard.lock()?;
    match read(local, &here) {
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

/// The device that a folder was elsewhere, if it was copied or moved here since it was last opened.
pub(crate) fn copied_from(local: &Path) -> Option<Device> {
    read(local, &here(local)).filter(|(_, here)| !here).map(|(name, _)| name)
}

/// Takes a new name, since another machine has been writing under this one.
pub(crate) fn anew(guard: &Guard, local: &Path, old: Device, random: u64) -> Result<Device> {
    let here = here(local);
    let _lock = guard.lock()?;
    // Another process may have taken one meanwhile.
    if let Some((name, true)) = read(local, &here)
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

/// What tells this machine and this folder from others.
fn here(local: &Path) -> String {
    let home = local.canonicalize().unwrap_or_else(|_| local.to_owned());
    let machine =
        ["/etc/machine-id", "/var/lib/dbus/machine-id"].iter().find_map(|path| std::fs::read_to_string(path).ok());
    let here = blake3::hash(format!("{}\n{}", machine.unwrap_or_default().trim(), home.display()).as_bytes());
    here.to_hex()[..32].to_owned()
}

/// The name in a folder's `device` file, and whether it was taken in this place.
fn read(local: &Path, here: &str) -> Option<(Device, bool)> {
    let text = std::fs::read_to_string(local.join("device")).ok()?;
    let (name, home) = text.trim().split_once(' ')?;
    Some((Device::parse(name)?, home == here))
}

fn write(local: &Path, name: Device, here: &str) -> Result<()> {
    let path = local.join("device");
    atomic_file::replace(&path, format!("{name} {here}\n").as_bytes(), Access::Private)
        .with_context(|| format!("{}: cannot be written", path.display()))
}
