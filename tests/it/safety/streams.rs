//! Streams that are closed, full, cut short, or endless; permissions; interrupts.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use super::*;
use crate::support::finish;

/// Runs a line of bash in the place; `$R` is the program.
fn bash(place: &Place, script: &str) -> Done {
    let program = place.command(&[]);
    let mut command = Command::new("bash");
    command.args(["-c", script]).env_clear().current_dir(place.path()).stdin(Stdio::null());
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("R", program.get_program());
    finish(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

#[test]
fn a_reader_that_stops_is_not_an_error() {
    let place = Place::with_deck(&many(3000));
    place.write(".rehearse/local/log.jsonl", history(3000));
    list(&place);
    for args in
        ["list", "list --json", "log", "log --json", "due --json", "due", "review --new 2000", "--help", "check"]
    {
        let script = format!("yes '' | head -c 100000 | $R {args} | head -1 >/dev/null; echo ${{PIPESTATUS[2]}}");
        bash(&place, &script).ended(0, "0\n", "");
    }
}

#[test]
fn a_session_without_a_reader_keeps_what_it_saved() {
    let place = Place::with_deck(&many(50));
    let done = bash(&place, "for n in {1..50}; do printf '\\n4\\n'; done | $R review --new 50 | grep -m 3 ^saved");
    assert_ended(&done, 0);
    let said = acknowledged(&done.stdout);
    let log = logged(&place.log());
    assert!(said.len() == 3 && said.keys().all(|card| log.contains_key(card)), "{said:?} {log:?}");
    assert_grades(&place);
}

#[test]
fn closed_streams_cause_no_panic() {
    for closed in ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"] {
        for args in
            ["", "list", "log --json", "due --short", "review", "grade c0 4", "grade nobody 4", "check", "--nonsense"]
        {
            let place = Place::with_deck(&many(5));
            let done = bash(&place, &format!("$R {args} {closed}"));
            let expected = if ["grade nobody 4", "--nonsense"].contains(&args) { 2 } else { 0 };
            assert_ended(&done, expected);
            assert_eq!(place.log().len(), usize::from(args == "grade c0 4"), "{args} {closed}");
            // No file was opened with the number of a closed stream and written to.
            assert_intact(&place);
            assert_grades(&place);
        }
    }
}

#[test]
fn a_full_disk_behind_stdout_is_reported() {
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    for args in
        [&[][..], &["list"], &["list", "--json"], &["due"], &["due", "--short"], &["grade", "c0", "4"], &["review"]]
    {
        let place = Place::with_deck(&many(5));
        let mut child = place.command(args).stdin(Stdio::piped()).stdout(full()).spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(b"\n4\n\n4\n");
        let done = finish(child);
        assert_ended(&done, 3);
        assert!(done.stderr.starts_with("error: ") && done.stderr.contains("No space left"), "{args:?}: {done:?}");
        assert!(place.log().len() <= 1, "{args:?}");
        assert_grades(&place);
    }
}

#[test]
fn meaningless_lines_do_not_end_a_session() {
    let endless = vec![b'x'; 1 << 20];
    let noise: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let cases: [(&str, Vec<u8>, usize); 6] = [
        ("a line of a mebibyte", [&endless[..], b"\n\n4\n"].concat(), 1),
        ("a line of a mebibyte for a grade", [b"\n", &endless[..], b"\n4\n"].concat(), 1),
        ("half a line", b"\n4\n\n5".to_vec(), 2),
        ("a mebibyte and no line end", [b"\n4\n", &endless[..]].concat(), 1),
        ("NUL and other bytes", [b"\n4\n\n", &noise[..]].concat(), 1),
        ("no input", Vec::new(), 0),
    ];
    for (what, input, least) in cases {
        for format in ["text", "jsonl"] {
            let place = Place::with_deck(&many(5));
            let done = place.feed(&["review", "--format", format], &input);
            assert_ended(&done, 0);
            let log = logged(&place.log());
            if format == "text" {
                assert_eq!(acknowledged(&done.stdout), log, "{what}");
                assert!(log.values().sum::<usize>() >= least, "{what}: {done:?}");
            }
            assert_grades(&place);
        }
    }
}

/// Whether this process ignores SIGHUP, as under `nohup`: what it starts does, too, and is not ended by it.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[test]
fn a_session_ended_by_a_signal_keeps_what_it_saved() {
    // In a pipe, SIGHUP has its usual effect, for `nohup` to change; a shell reports 129.
    for (name, code) in [("INT", Some(130)), ("TERM", Some(143)), ("HUP", None)] {
        if name == "HUP" && ignores_hangup() {
            continue;
        }
        let place = Place::with_deck(&many(20));
        let mut child = place.command(&["review", "--new", "20"]).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"\n4\n\n5\n\n").unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while acknowledged(&said).len() < 2 {
            assert!(stdout.read_line(&mut said).unwrap() > 0, "{said}");
        }
        signal(&child, name);
        stdout.read_to_string(&mut said).unwrap();
        let done = finish(child);
        assert!(done.stderr.is_empty(), "{done:?}");
        assert_eq!(done.code, code, "{name}");
        assert_eq!(logged(&place.log()), acknowledged(&said), "{name}");
        assert_grades(&place);
        drop(stdin);
    }
}

#[test]
fn a_session_interrupted_at_any_moment_keeps_what_it_saved() {
    let place = Place::with_deck(&many(300));
    let mut random = random(8);
    let mut said = BTreeMap::new();
    for _ in 0..15 {
        let mut child = place.command(&["review", "--new", "300"]).stdin(Stdio::piped()).spawn().unwrap();
        let answers: String = (0..300).map(|_| format!("\n{}\n", random.random_range(0..6))).collect();
        child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
        // After its first line the session has started, however busy the machine is.
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut session = String::new();
        assert!(stdout.read_line(&mut session).unwrap() > 0);
        std::thread::sleep(std::time::Duration::from_micros(random.random_range(0..65_000)));
        signal(&child, "INT");
        stdout.read_to_string(&mut session).unwrap();
        let done = finish(child);
        assert!(matches!(done.code, Some(0 | 130)) && done.stderr.is_empty(), "{done:?}");
        for (card, times) in acknowledged(&session) {
            *said.entry(card).or_insert(0) += times;
        }
    }
    let log = place.log();
    assert_no_twins(&log);
    let kept = logged(&log);
    assert!(said.iter().all(|(card, times)| kept.get(card) >= Some(times)), "{said:?} {kept:?}");
    assert_intact(&place);
}

#[test]
fn the_local_folder_is_private() {
    let place = Place::with_deck(&many(30));
    let answers: String = (0..60).map(|_| "\n2\n").collect();
    place.write("answers", answers);
    let script = "umask 0; $R grade c0 4 && $R review --new 30 < answers && $R list && printf x > .rehearse/local/rehearse.db && $R list";
    assert_ended(&bash(&place, script), 0);
    let mode = |path: &Path| std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.path().join(".rehearse")), 0o700);
    assert_eq!(mode(&place.local()), 0o700);
    let files: BTreeMap<String, String> = std::fs::read_dir(place.local())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), format!("{:o}", mode(&entry.path()))))
        // A file set aside keeps its mode. The shell wrote to a file that the program had created.
        .collect();
    assert!(files.values().all(|mode| mode == "600"), "{files:?}");
    for name in ["device", "lock", "log.jsonl", "rehearse.db", "rehearse.db.bad", "rehearse.db.stamp"] {
        assert!(files.contains_key(name), "{name} is not in {files:?}");
    }
}

#[test]
fn the_folder_of_this_machine_may_be_elsewhere() {
    let elsewhere = tempfile::tempdir().unwrap();
    let local = elsewhere.path().join("deep/er");
    let named = local.to_str().unwrap();
    let place = Place::with_deck(&many(10));
    place.run(&["--local", named, "grade", "c0", "4"]).success("saved c0 grade 4, next 2026-11-23\n");
    let there = place.run(&["list", "--json", "--local", named]);
    assert_ended(&there, 0);
    assert!(there.stdout.contains("\"2026-11-23\""));
    assert!(!place.path().join(".rehearse").exists(), "the collection itself stays untouched");
    assert!(local.join("log.jsonl").is_file() && local.join("rehearse.db").is_file());
    // Two machines on one share know nothing of each other before they sync.
    assert_eq!(place.card("c0")["status"], "new");
    std::fs::remove_dir_all(&local).unwrap();
    assert!(!place.run(&["list", "--local", named]).stdout.contains("2026-11-23"));
    place.run(&["--local", "beside", "grade", "c1", "4"]).success("saved c1 grade 4, next 2026-11-23\n");
    assert!(place.path().join("beside/log.jsonl").is_file());
}

#[test]
fn deleting_the_database_during_a_session_loses_nothing() {
    for local in [None, Some(tempfile::tempdir().unwrap())] {
        let place = Place::with_deck(&many(10));
        let folder = local.as_ref().map_or_else(|| place.local(), |local| local.path().to_owned());
        let mut command = place.command(&["review", "--new", "10"]);
        let mut child = command.env("REHEARSE_LOCAL", &folder).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        for turn in 0..10 {
            stdin.write_all(b"\n5\n").unwrap();
            while acknowledged(&said).len() <= turn {
                assert!(stdout.read_line(&mut said).unwrap() > 0, "{said}");
            }
            match turn {
                2 => delete_database(&folder),
                4 => std::fs::remove_file(folder.join("rehearse.db")).unwrap(),
                // Garbled: its stamp differs, so the next start rebuilds it while this session runs.
                6 => {
                    std::fs::write(folder.join("rehearse.db"), "garbled").unwrap();
                    let other = place.command(&["list"]).env("REHEARSE_LOCAL", &folder).spawn().unwrap();
                    assert_ended(&finish(other), 0);
                }
                _ => {}
            }
        }
        drop(stdin);
        stdout.read_to_string(&mut said).unwrap();
        assert_ended(&finish(child), 0);
        assert!(said.contains("\n10 of 10 answers"), "{said}");
        let named = folder.to_str().unwrap();
        let log = place.run(&["log", "--json", "--local", named]);
        let rows: Vec<Value> = log.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_no_twins(&rows);
        assert_eq!(logged(&rows), acknowledged(&said));
        let list = place.json(&["list", "--local", named]);
        let cards = list["cards"].as_array().unwrap();
        assert!(cards.iter().all(|card| card["reviews"] == 1 && card["last"] == "2026-11-22"), "{list}");
    }
}
