//! Every input of the fuzz targets' committed corpus, and every conversation of `tests/dialogs`, once: what fuzzing has
//! found stays found.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../fuzz/properties/mod.rs"]
mod properties;
mod smtp_support;

use std::panic::catch_unwind;
use std::path::Path;

#[test]
fn command() {
    play("command", properties::command::holds);
}

#[test]
fn data() {
    play("data", properties::data::holds);
}

#[test]
fn bdat() {
    play("bdat", properties::bdat::holds);
}

#[test]
fn dialogue() {
    play("dialogue", properties::dialogue::holds);
}

#[test]
fn parse() {
    play("parse", properties::parse::holds);
}

#[test]
fn conversations_as_data() {
    let dialogs = smtp_support::dialog::all().into_iter();
    let inputs = dialogs.map(|dialog| {
        let spoken = dialog.spoken(properties::went::MARK);
        (dialog.name, spoken)
    });
    play_all(inputs, properties::dialogue::holds);
}

fn play(target: &str, holds: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(root.join("fuzz/corpus").join(target)).unwrap();
    let inputs = files.map(|file| {
        let file = file.unwrap();
        let name = file.file_name().to_string_lossy().into_owned();
        (name, std::fs::read(file.path()).unwrap())
    });
    play_all(inputs, holds);
}

fn play_all(inputs: impl Iterator<Item = (String, Vec<u8>)>, holds: fn(&[u8])) {
    let (mut played, mut wrong) = (0, Vec::new());
    for (name, input) in inputs {
        played += 1;
        if catch_unwind(|| holds(&input)).is_err() {
            wrong.push(name);
        }
    }
    assert!(played >= 5, "{played} inputs");
    assert!(wrong.is_empty(), "{wrong:?}");
}
