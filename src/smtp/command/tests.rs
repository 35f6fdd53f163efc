use super::*;

fn parameters(text: &str) -> Result<MailParameters, Fault> {
    mail_parameters(text.as_bytes())
}

#[test]
fn parameters_that_we_offer() {
    let given = |size, utf8| Ok(MailParameters { size, utf8 });
    assert_eq!(parameters(""), given(None, false));
    assert_eq!(parameters("  "), given(None, false));
    assert_eq!(
        parameters(" SIZE=12 BODY=8BITMIME  smtputf8"),
        given(Some(12), true)
    );
    assert_eq!(parameters(" body=7bit"), given(None, false));
    assert_eq!(parameters(" SIZE=0"), given(None, false));
    assert_eq!(parameters(" SIZE=9 SMTPUTF8"), given(Some(9), true));
    let most = given(Some(u64::MAX), false);
    assert_eq!(parameters(" body=7BIT size=99999999999999999999"), most);
}

#[test]
fn parameters_that_are_wrong_or_unknown() {
    for text in [
        " SIZE",
        " SIZE=",
        " SIZE=-1",
        " SIZE=12x",
        " SIZE=111111111111111111111",
        " SIZE=1 SIZE=1",
        " BODY=",
        " BODY=9BIT",
        " BODY=BINARYMIME",
        " BODY=7BIT BODY=8BITMIME",
        " SMTPUTF8=1",
        " SMTPUTF8 SMTPUTF8",
    ] {
        assert_eq!(
            parameters(text),
            Err(Fault::Say(reply::BAD_ARGUMENT)),
            "{text}"
        );
    }
    for text in [
        " RET=FULL",
        " AUTH=<>",
        " FOO",
        " MT-PRIORITY=0",
        " SIZE=1 X=2",
        " =",
        " >",
    ] {
        assert_eq!(
            parameters(text),
            Err(Fault::Say(reply::UNKNOWN_PARAMETER)),
            "{text}"
        );
    }
    assert_eq!(
        parameters("SIZE=1"),
        Err(Fault::Say(reply::BAD_SYNTAX)),
        "not set off from the path"
    );
}

#[test]
fn chunks_are_read_at_their_word_or_not_at_all() {
    let head = |line: &'static str| match parse(line.as_bytes()) {
        Ok(Command::Bdat(head)) => Ok((head.size, head.place)),
        Ok(_) => panic!("{line}"),
        Err(fault) => Err(fault),
    };
    for (line, expected) in [
        ("BDAT 0\r\n", (0, ChunkPlace::NotLast)),
        ("bdat 12 last\r\n", (12, ChunkPlace::Last)),
        ("BDAT  007  LAST \r\n", (7, ChunkPlace::Last)),
        (
            "BDAT 18446744073709551615\r\n",
            (u64::MAX, ChunkPlace::NotLast),
        ),
    ] {
        assert_eq!(head(line), Ok(expected), "{line}");
    }
    for line in [
        "BDAT\r\n",
        "BDAT LAST\r\n",
        "BDAT +1\r\n",
        "BDAT -1\r\n",
        "BDAT 1x\r\n",
        "BDAT 0x10\r\n",
        "BDAT 1 FIRST\r\n",
        "BDAT 1 LAST LAST\r\n",
        "BDAT 18446744073709551616\r\n",
    ] {
        assert_eq!(
            head(line),
            Err(Fault::OutOfStep(reply::BAD_CHUNK)),
            "{line}"
        );
    }
    assert_eq!(head("BDAT 1\n"), Err(Fault::LineEnd));
}

#[test]
fn auth_is_known_by_its_verb_alone() {
    for line in [
        &b"AUTH\r\n"[..],
        b"auth PLAIN AGEAYg==\r\n",
        b"AUTH PLAIN\n",
        b"AuTh",
    ] {
        assert!(is_auth(line));
    }
    assert!(!is_auth(b"AUTHOR x\r\n"));
}
