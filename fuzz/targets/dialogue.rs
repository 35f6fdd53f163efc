#![no_main]

use restante_fuzz::properties::went::MARK;
use restante_fuzz::smtp_support::dialog;
use std::path::Path;

/// Writes the conversations of `tests/dialogs` into the folder that `RESTANTE_SEEDS` names. libFuzzer calls this before
/// it reads its folders.
fn seeds() {
    let Some(folder) = std::env::var_os("RESTANTE_SEEDS") else {
        return;
    };
    let dialogs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/dialogs");
    for dialog in dialog::all_in(&dialogs) {
        let to = Path::new(&folder).join(dialog.name.as_str());
        std::fs::write(to, dialog.spoken(MARK)).expect("a seed");
    }
}

libfuzzer_sys::fuzz_target!(
    init: seeds(),
    |input: &[u8]| restante_fuzz::properties::dialogue::holds(input)
);
