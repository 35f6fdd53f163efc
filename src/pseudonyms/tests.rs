//! Months, keys and the file that holds them.
#![allow(clippy::unwrap_used)]

use super::*;
use std::os::unix::fs::PermissionsExt;

/// 2023-07-31T12:00:00Z.
const JULY: Timestamp = Timestamp::from_millis(1_690_804_800_000);

fn address() -> Address {
    Address::parse("Jane.Roe@army.ml").unwrap()
}

#[test]
fn a_pseudonym_lasts_a_month_and_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pseudonyms");
    let made = Keys::create(&path, JULY).unwrap();
    let read = Keys::load(&path, JULY.plus_days(0)).unwrap();
    assert_eq!(made.pseudonym(&address()), read.pseudonym(&address()));
    let lower = Address::parse("jane.roe@army.ml").unwrap();
    assert_eq!(made.pseudonym(&address()), made.pseudonym(&lower));
    let august = Keys::load(&path, JULY.plus_days(1)).unwrap();
    assert_ne!(made.pseudonym(&address()), august.pseudonym(&address()));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        !text.contains(&hex(&*made.pseudonym)),
        "the old key must be gone"
    );
    assert!(
        text.contains(&hex(&*made.digest)),
        "the old digest key is kept while repeats may come"
    );
    let later = Keys::load(&path, JULY.plus_days(8)).unwrap();
    assert_eq!(august.pseudonym(&address()), later.pseudonym(&address()));
    assert!(
        !std::fs::read_to_string(&path)
            .unwrap()
            .contains(&hex(&*made.digest))
    );
}

#[test]
fn a_clock_that_goes_back_over_the_turn_destroys_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pseudonyms");
    Keys::create(&path, JULY).unwrap();
    // August, with the digest key of July kept beside.
    let august = Keys::load(&path, JULY.plus_days(1)).unwrap();
    for back in [JULY, JULY.plus_days(-1)] {
        assert!(august.is_current(back));
        let read = Keys::load(&path, back).unwrap();
        assert_eq!(august.pseudonym(&address()), read.pseudonym(&address()));
    }
    assert!(!august.is_current(JULY.plus_days(-2)));
}

#[test]
fn a_start_with_the_clock_far_ahead_does_not_freeze_the_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pseudonyms");
    Keys::create(&path, JULY).unwrap();
    for ahead in [35, 400, 27_000] {
        let far = Keys::load(&path, JULY.plus_days(ahead)).unwrap();
        assert!(!far.is_current(JULY), "{ahead} days ahead");
        let back = Keys::load(&path, JULY).unwrap();
        assert_ne!(far.pseudonym(&address()), back.pseudonym(&address()));
        let august = Keys::load(&path, JULY.plus_days(1)).unwrap();
        assert_ne!(back.pseudonym(&address()), august.pseudonym(&address()));
    }
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pseudonyms");
    Keys::create(&path, JULY).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        Keys::load(&path, JULY),
        Err(KeyFileError::Permissions)
    ));
}

#[test]
fn a_damaged_file_is_refused_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pseudonyms");
    Keys::create(&path, JULY).unwrap();
    std::fs::write(&path, "# head\nmonth 2023-07 zz\n").unwrap();
    assert!(matches!(
        Keys::load(&path, JULY),
        Err(KeyFileError::Malformed(2))
    ));
}

#[test]
fn names_like_those_of_the_lock_and_of_the_fresh_file_do_no_harm() {
    for name in ["keys.lock", "keys.new", "keys"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        Keys::create(&path, JULY).unwrap();
        let august = Keys::load(&path, JULY.plus_days(1)).unwrap();
        let again = Keys::load(&path, JULY.plus_days(1)).unwrap();
        assert_eq!(august.pseudonym(&address()), again.pseudonym(&address()));
        assert!(folder.path().join(format!("{name}.lock")).exists());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}

#[test]
fn a_file_of_another_user_is_refused_before_anything_is_made() {
    if !rustix::process::geteuid().is_root() {
        return; // Only the superuser can give a file away.
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pseudonyms");
    Keys::create(&path, JULY).unwrap();
    let lock = folder.path().join("pseudonyms.lock");
    assert_eq!(lock.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::remove_file(&lock).unwrap();
    std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
    let refused = Keys::load(&path, JULY);
    assert!(matches!(refused, Err(KeyFileError::Owner(65_534))));
    assert!(!lock.exists());
}

#[test]
fn an_error_says_its_cause_once() {
    let error = Keys::load(std::path::Path::new("/nowhere/keys"), JULY)
        .err()
        .unwrap();
    let said = format!("{:#}", anyhow::Error::from(error));
    assert_eq!(said.matches("os error 2").count(), 1, "{said}");
}

#[test]
fn mail_of_other_months_is_stable_within_month_and_run_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pseudonyms");
    let keys = Keys::create(&path, JULY).unwrap();
    let at = |keys: &Keys, days| keys.pseudonym_at(&address(), JULY.plus_days(days));
    assert_eq!(at(&keys, -3), keys.pseudonym(&address()));
    let (june, may) = (at(&keys, -40), at(&keys, -70));
    assert_eq!(june, at(&keys, -45));
    assert!(june != may && june != keys.pseudonym(&address()));
    let year_before = at(&keys, -40 - 365);
    assert_ne!(june, year_before);
    let other_run = Keys::load(&path, JULY).unwrap();
    assert_ne!(june, at(&other_run, -40));
    let august = Keys::load(&path, JULY.plus_days(1)).unwrap();
    assert_eq!(june, at(&august.in_the_run_of(&keys), -40));
}
