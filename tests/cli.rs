//! The command line as its users meet it: help, exit codes, one line of error.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Trial;
use common::restante;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::process::Stdio;

fn run(arguments: &[&str]) -> Output {
    restante().args(arguments).output().unwrap()
}

/// Exit code, and the one line on standard error; nothing on standard output.
fn refused(out: &Output) -> (i32, String) {
    let text = String::from_utf8(out.stderr.clone()).unwrap();
    assert_eq!(
        text.lines().count(),
        1,
        "one line on standard error, not:\n{text}"
    );
    assert!(out.stdout.is_empty());
    (out.status.code().unwrap(), text.trim_end().to_owned())
}

fn identity_out(folder: &Path) -> String {
    folder.join("key").display().to_string()
}

#[test]
fn every_command_has_help() {
    let commands: [&[&str]; 18] = [
        &[],
        &["init"],
        &["serve"],
        &["check-config"],
        &["evaluate"],
        &["organisation"],
        &["organisation", "import"],
        &["user"],
        &["user", "add"],
        &["user", "password"],
        &["user", "role"],
        &["user", "disable"],
        &["user", "list"],
        &["classify"],
        &["import"],
        &["stats"],
        &["messages"],
        &["health"],
    ];
    for command in commands {
        let out = restante().args(command).arg("--help").output().unwrap();
        assert_eq!(out.status.code(), Some(0), "{command:?}");
        let text = String::from_utf8(out.stdout).unwrap();
        assert!(text.contains("Usage: restante"), "{command:?}: {text}");
        assert!(
            text.lines().next().unwrap().len() > 20,
            "{command:?} says what it does: {text}"
        );
    }
}

#[test]
fn wrong_use_is_exit_2_and_one_line() {
    for arguments in [
        &[][..],
        &["nonsense"],
        &["serve"],
        &["serve", "--config"],
        &["init", "somewhere", "--zone", "ml"],
        &[
            "init",
            "somewhere",
            "--zone",
            "gov.ml",
            "--identity-out",
            "key",
        ],
        &[
            "init",
            "somewhere",
            "--zone",
            "ml",
            "--recipient",
            "age1nonsense",
        ],
        &["import", "pst", "x", "--config", "y"],
    ] {
        let (code, line) = refused(&run(arguments));
        assert_eq!(code, 2, "{arguments:?}: {line}");
        assert!(line.starts_with("restante: "), "{line}");
    }
}

#[test]
fn init_makes_what_serve_needs_and_says_what_comes_next() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, key) = (folder.path().join("trial"), folder.path().join("key"));
    let out = restante()
        .arg("init")
        .arg(&dir)
        .args(["--zone", "ml", "--identity-out"])
        .arg(&key)
        .output()
        .unwrap();
    assert!(out.status.success());
    let said = String::from_utf8(out.stdout).unwrap();
    for step in ["1.", "2.", "3.", "organisation import", "restante serve"] {
        assert!(said.contains(step), "{said}");
    }
    assert!(
        !said.contains("AGE-SECRET-KEY"),
        "nothing secret on standard output"
    );
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&key), 0o600);
    assert_eq!(mode(&dir.join("pseudonyms")), 0o600);
    assert_eq!(mode(&dir.join("data/restante.db")), 0o600);
    for file in common::files(&dir) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(
            !common::contains(&bytes, "AGE-SECRET-KEY"),
            "{}",
            file.display()
        );
    }
    let config = dir.join("restante.toml").display().to_string();
    let out = run(&["check-config", "--config", &config]);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

#[test]
fn init_refuses_what_would_betray_or_destroy() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("trial");
    let shown = dir.display().to_string();
    let base = ["init", shown.as_str(), "--zone", "ml"];
    let with = |more: &[&str]| run(&[&base[..], more].concat());

    let inside = dir.join("key").display().to_string();
    let (code, line) = refused(&with(&["--identity-out", &inside]));
    assert!(code == 2 && line.contains("outside DIR"), "{line}");
    let winding = folder
        .path()
        .join("trial/../trial/key")
        .display()
        .to_string();
    assert_eq!(refused(&with(&["--identity-out", &winding])).0, 2);

    let secret = restante::seal::identity::Identity::generate().expose();
    let (code, line) = refused(&with(&["--recipient", &secret]));
    assert!(
        code == 2 && line.contains("PRIVATE") && !line.contains(&secret[16..30]),
        "{line}"
    );

    let both = [
        "--recipient",
        "age1x",
        "--identity-out",
        &identity_out(folder.path()),
    ];
    assert_eq!(refused(&with(&both)).0, 2);
    assert!(!dir.exists(), "a refusal leaves nothing behind");

    assert!(
        with(&["--identity-out", &identity_out(folder.path())])
            .status
            .success()
    );
    let second = folder.path().join("key2").display().to_string();
    let (code, line) = refused(&with(&["--identity-out", &second]));
    assert!(code == 2 && line.contains("in use already"), "{line}");
    assert!(!Path::new(&second).exists());
}

#[test]
fn a_missing_database_or_key_file_is_an_error_not_a_fresh_start() {
    let trial = Trial::new();
    std::fs::remove_file(trial.dir().join("pseudonyms")).unwrap();
    let (code, line) = refused_with_log(&trial.run(&["serve"]));
    assert!(code == 1 && line.contains("pseudonyms"), "{line}");
    assert!(!trial.dir().join("pseudonyms").exists());

    let trial = Trial::new();
    std::fs::remove_dir_all(trial.data()).unwrap();
    let (code, line) = refused_with_log(&trial.run(&["serve"]));
    assert!(code == 1 && line.contains("restante.db"), "{line}");
    assert!(!trial.data().join("restante.db").exists());
}

/// Exit code and the last line: `serve` may log before.
fn refused_with_log(out: &Output) -> (i32, String) {
    let text = String::from_utf8(out.stderr.clone()).unwrap();
    (
        out.status.code().unwrap(),
        text.lines().last().unwrap_or_default().to_owned(),
    )
}

#[test]
fn organisations_come_from_a_csv_file_and_a_second_run_changes_nothing() {
    let trial = Trial::new();
    let file = trial.folder.path().join("o.csv");
    std::fs::write(
        &file,
        "domain,name,country,language,contact\n\
         army.mil,US Army,US,en,postmaster@army.mil\n\
         defensie.nl,Ministerie van Defensie,NL,nl,postmaster@defensie.nl\n\
         mindef.nl,Ministerie van Defensie,NL,nl,postmaster@defensie.nl\n",
    )
    .unwrap();
    let path = file.display().to_string();
    let first = trial.out(&["organisation", "import", &path]);
    assert!(first.starts_with("3 domains added"), "{first}");
    let second = trial.out(&["organisation", "import", &path]);
    assert!(
        second.starts_with("0 domains added, 0 changed, 3"),
        "{second}"
    );
    std::fs::write(
        &file,
        "domain,name,country,language,contact\n\nnot a domain,X,US,en,\n",
    )
    .unwrap();
    let (code, line) = refused(&trial.run(&["organisation", "import", &path]));
    assert!(code == 1 && line.contains("line 3"), "{line}");
}

#[test]
fn classify_answers_in_order_and_goes_on_after_a_bad_line() {
    let mut child = restante()
        .arg("classify")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = "{\"typed\":\"gmail.cm\"}\nnonsense\n{\"typed\":\"mali-tours.ml\"}\n";
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    let lines: Vec<serde_json::Value> = out
        .stdout
        .split(|b| *b == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        (&lines[0]["typed"], &lines[0]["intended"]),
        (&"gmail.cm".into(), &"gmail.com".into())
    );
    assert!(lines[0]["confidence"].as_f64().unwrap() > 0.5);
    assert_eq!(lines[1]["line"], 2);
    assert!(lines[1]["error"].is_string());
    assert!(lines[2]["intended"].is_null());
}

#[test]
fn import_takes_mail_in_once_and_says_that_the_source_remains() {
    let trial = Trial::new();
    let folder = trial.folder.path().join("old");
    std::fs::create_dir(&folder).unwrap();
    let mail = |to: &str| {
        format!(
            "Return-Path: <a@sender.example>\r\nTo: {to}\r\nSubject: old news\r\n\r\nHello.\r\n"
        )
    };
    std::fs::write(folder.join("1.eml"), mail("jane@army.ml")).unwrap();
    std::fs::write(folder.join("2.eml"), mail("jane@navy.ml, roe@navy.ml")).unwrap();
    std::fs::write(folder.join("3.eml"), mail("jane@navy.mil")).unwrap();
    let path = folder.display().to_string();
    let said = trial.out(&["import", "eml", &path]);
    assert!(said.contains("Destroy it when you are done"), "{said}");
    let before = trial.stats();
    assert_eq!(
        (&before["messages"], &before["recipients"]),
        (&2.into(), &3.into())
    );
    assert_eq!(before["by_policy"]["hold"], 2);
    trial.out(&["import", "eml", &path]);
    let after = trial.stats();
    assert_eq!(after["duplicates"], 2);
    for key in ["messages", "recipients", "sealed_items", "sealed_bytes"] {
        assert_eq!(before[key], after[key], "{key}");
    }
    assert_eq!(trial.opened().len(), 2);
}

#[test]
fn bad_configurations_are_refused_by_file_line_and_key() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_configs");
    let mut tried = 0;
    for file in common::files(&folder) {
        let text = std::fs::read_to_string(&file).unwrap();
        let first = text.lines().next().unwrap();
        let expected = first
            .strip_prefix("# expected: ")
            .expect("the first line says what is expected");
        for command in ["check-config", "serve"] {
            let out = run(&[command, "--config", &file.display().to_string()]);
            let (code, line) = refused(&out);
            assert_eq!(code, 78, "{line}");
            let wanted = format!("{}:{expected}", file.display());
            assert!(
                line.starts_with(&wanted),
                "\nwanted {wanted}\ngot    {line}"
            );
        }
        tried += 1;
    }
    assert!(tried >= 20, "only {tried}");
}
