//! Any message: it is taken apart within the bounds, the same way every time, and nothing behind the bound matters.

use restante::message::Address;
use restante::message::Domain;
use restante::message::Parsed;
use restante::message::parse::EXAMINED_MAX;
use restante::message::parse::LIMITS;

/// As `intake` has it: nested messages make the parser recurse.
const STACK: usize = 192 << 20;

pub fn holds(raw: &[u8]) {
    let raw = raw.to_vec();
    let thread = std::thread::Builder::new().stack_size(STACK);
    let done = thread.spawn(move || look(&raw)).unwrap().join();
    if let Err(panic) = done {
        std::panic::resume_unwind(panic);
    }
}

fn look(raw: &[u8]) {
    let parsed = Parsed::from_bytes(raw);
    within_bounds(&parsed, raw);
    assert_eq!(everything(&parsed), everything(&Parsed::from_bytes(raw)));
    // What was not examined has no say.
    let examined = Parsed::from_bytes(&raw[..parsed.examined]);
    assert_eq!(examined.examined, parsed.examined);
    assert_eq!(everything(&examined), everything(&parsed));
    let shown = format!("{parsed:?}");
    let expected = format!(
        "Parsed({} octets, {} parts)",
        parsed.examined, parsed.structure.parts
    );
    assert_eq!(shown, expected, "Debug shows more than counts");
}

fn within_bounds(parsed: &Parsed, raw: &[u8]) {
    let most = |what: &str, count: usize, limit: usize| {
        assert!(count <= limit, "{what}: {count} of {limit}");
    };
    most("examined", parsed.examined, EXAMINED_MAX.min(raw.len()));
    assert!(parsed.examined == raw.len() || parsed.structure.cut);
    // A replacement character has three octets; only bytes without a message are read so.
    let text = LIMITS.text * if parsed.structure.unreadable { 3 } else { 1 };
    most("text", parsed.text.len(), text);
    most("inner text", parsed.inner_text.len(), LIMITS.inner_text);
    most("headers", parsed.all_headers().count(), LIMITS.headers);
    for (_, value) in parsed.all_headers() {
        most("a header", value.len(), LIMITS.header_value);
        assert!(!value.contains(['\r', '\n']), "a folded value");
    }
    most("subject", parsed.subject.len(), LIMITS.header_value);
    for list in [&parsed.from, &parsed.sender, &parsed.reply_to] {
        most("addresses", list.len(), LIMITS.addresses);
    }
    most("to", parsed.to.len(), LIMITS.addresses);
    most("cc", parsed.cc.len(), LIMITS.addresses);
    most("attachments", parsed.attachments.len(), LIMITS.attachments);
    assert_eq!(parsed.attachments.len(), parsed.attachment_details.len());
    for detail in &parsed.attachment_details {
        most("a file name", detail.name.len(), 255);
        most("names in an archive", detail.inside.len(), 64);
        for name in &detail.inside {
            most("a name in an archive", name.len(), 255);
        }
    }
    most("reference hosts", parsed.reference_hosts.len(), 32);
    most("link hosts", parsed.link_hosts.len(), 64);
    let structure = &parsed.structure;
    let count = |number: u32| usize::try_from(number).unwrap();
    most(
        "hosts",
        parsed.link_hosts.len(),
        count(structure.link_hosts),
    );
    let body = structure.plain_parts + structure.html_parts;
    most("body", count(body), LIMITS.parts);
    // Each nested message has a part of its own.
    let nested = count(structure.nested_messages);
    most("nested", nested, LIMITS.parts.min(count(structure.parts)));
}

/// Every value, to be compared.
fn everything(parsed: &Parsed) -> Vec<String> {
    let mut all = vec![
        parsed.from_name.clone(),
        parsed.subject.clone(),
        parsed.text.clone(),
        parsed.inner_text.clone(),
        parsed.root_type.clone(),
        parsed.report_type.clone(),
        format!("{:?}", parsed.attachments),
    ];
    // Whether something was left out differs: of a message that ends where the look ends, nothing was.
    let mut structure = parsed.structure;
    structure.cut = false;
    all.push(format!("{structure:?}"));
    let lists = [
        &parsed.from,
        &parsed.sender,
        &parsed.reply_to,
        &parsed.to,
        &parsed.cc,
    ];
    for list in lists {
        let shown = list.iter().map(Address::expose);
        all.push(
            shown
                .map(|text| text.to_string())
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    for hosts in [&parsed.reference_hosts, &parsed.link_hosts] {
        let shown: Vec<_> = hosts.iter().map(Domain::as_str).collect();
        all.push(shown.join(" "));
    }
    all.extend(parsed.message_id_host.iter().map(ToString::to_string));
    for detail in &parsed.attachment_details {
        all.push(format!("{} {:?}", detail.name, detail.magic));
    }
    let headers = parsed.all_headers();
    all.extend(headers.map(|(name, value)| format!("{name}: {value}")));
    all
}
