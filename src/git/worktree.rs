//! Questions about a folder, whatever repository it is in.

use std::path::{Path, PathBuf};

use super::call::{Reach, command, run};
use super::error::Error;

/// Returns the nearest folder upward that is the top of a repository. `folder` is given by its full path.
pub(crate) fn top(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|above| {
        let dot = above.join(".git");
        dot.is_file() || dot.join("HEAD").symlink_metadata().is_ok()
    })
}

/// Returns the files below a folder that git tracks, relative to it; none without a repository.
pub(crate) fn tracked(folder: &Path) -> Result<Vec<String>, Error> {
    let Some(folder) = inside_repository(folder) else { return Ok(Vec::new()) };
    let listed = run(command(&folder, Reach::Here).args(["ls-files", "-z", "--", "."]), b"")?;
    let listed = listed.success("list the files it tracks")?;
    let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| String::from_utf8_lossy(name).into_owned()).collect())
}

/// Returns the full path of a folder that is in a repository. A few stats answer this for most folders that are not.
pub(crate) fn inside_repository(folder: &Path) -> Option<PathBuf> {
    folder.canonicalize().ok().filter(|folder| top(folder).is_some())
}

/// Returns whether the repository around a folder, if there is one, has a remote. Reads its configuration without git.
pub(crate) fn has_remote(folder: &Path) -> bool {
    let folders = top(folder).and_then(|top| git_folders(top).ok());
    let config = folders.and_then(|(_, common)| std::fs::read_to_string(common.join("config")).ok());
    config.is_some_and(|config| config.lines().any(|line| line.trim_start().starts_with("[remote ")))
}

/// Returns the git folder of a working tree, and the one it shares with other working trees.
pub(super) fn git_folders(top: &Path) -> Result<(PathBuf, PathBuf), Error> {
    let dot = top.join(".git");
    let mut own = dot.clone();
    if !dot.is_dir() {
        let text = std::fs::read_to_string(&dot).map_err(|error| Error::NotRead { path: dot.clone(), error })?;
        let Some(path) = text.trim_end_matches(['\n', '\r']).strip_prefix("gitdir: ") else {
            return Err(Error::NoGitFolder(dot));
        };
        own = top.join(path);
    }
    let common = match std::fs::read_to_string(own.join("commondir")) {
        Ok(path) => own.join(path.trim_end_matches(['\n', '\r'])),
        Err(_) => own.clone(),
    };
    Ok((own, common))
}
