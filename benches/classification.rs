//! How long a look-up, an index and an ordinary message take. Goals: look-up 100 µs, index over 100,000 names 2 s and
//! 64 MiB, a message of 10 KiB 200 µs (parse and classify, no resolver).
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use restante::classify::Classifier;
use restante::classify::Classify;
use restante::classify::Evidence;
use restante::classify::Organisation;
use restante::classify::OrganisationId;
use restante::classify::Popular;
use restante::message::Address;
use restante::message::Circumstances;
use restante::message::Client;
use restante::message::Domain;
use restante::message::Envelope;
use restante::message::Helo;
use restante::message::MessageId;
use restante::message::Parsed;
use restante::message::Policy;
use restante::message::Protocol;
use restante::message::Recipient;
use restante::message::ReversePath;
use restante::message::Timestamp;
use std::fmt::Write;
use std::hint::black_box;

/// 100,000 names of the lengths and letters that real ones have.
fn popular() -> Popular {
    let syllables = [
        "ma", "go", "tel", "bank", "net", "shop", "ri", "ver", "news", "lo", "air", "soft", "pol",
        "ka", "med", "zen",
    ];
    let mut text = String::new();
    let mut state = 88_172_645_463_325_252u64;
    for _ in 0..100_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        for part in 0..2 + state % 3 {
            let at = (state >> (4 * part + 8)) % 16;
            text.push_str(syllables[usize::try_from(at).unwrap()]);
        }
        let suffix = ["com", "net", "org", "fr", "nl", "de", "co.uk", "com.br"]
            [usize::try_from(state >> 60 & 7).unwrap()];
        let _ = writeln!(text, "{}.{suffix}", state % 1000);
    }
    Popular::from_text(&text)
}

fn classifier() -> Classifier {
    let army = Organisation {
        id: OrganisationId(1),
        name: "Army".to_owned(),
        domains: vec![Domain::parse("army.mil").unwrap()],
        shared: false,
        hint: false,
    };
    Classifier::new(&[Domain::parse("ml").unwrap()], vec![army], &popular())
}

fn envelope() -> Envelope {
    Envelope {
        id: MessageId::from_bytes([0; 16]),
        received_at: Timestamp::from_millis(0),
        client: Client {
            address: std::net::Ipv4Addr::LOCALHOST.into(),
            helo: Helo::new("mail.firm.example"),
            protocol: Protocol::Esmtp,
            tls: None,
        },
        reverse_path: ReversePath::Address(Address::parse("john@firm.example").unwrap()),
        recipients: vec![Recipient {
            address: Address::parse("jane.roe@us.army.ml").unwrap(),
            watch: None,
        }],
        policy: Policy::Hold,
    }
}

fn message() -> Vec<u8> {
    let mut out = String::from(
        "From: John Smith <john@firm.example>\r\nTo: Jane Roe <jane.roe@us.army.ml>\r\nCc: Bob <bob@us.army.mil>\r\n\
         Subject: Re: Itinerary for Thursday\r\nDate: Mon, 1 Jul 2024 10:00:00 +0000\r\nMessage-ID: <a@firm.example>\r\n\
         In-Reply-To: <b@us.army.mil>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
    );
    while out.len() < 10 << 10 {
        out.push_str(
            "Dear Jane, as discussed the flight lands at 11:15 and the hotel has your booking reference. Could you send \
             the passport numbers of the delegation before Friday? Invoice 4711 is attached, please let me know.\r\n",
        );
    }
    out.into_bytes()
}

fn benches(c: &mut Criterion) {
    let list = popular();
    c.bench_function("build an index over 100,000 names", |b| {
        b.iter(|| Classifier::new(&[], Vec::new(), black_box(&list)));
    });
    let classifier = classifier();
    println!("index: {} KiB", classifier.names().bytes() >> 10);
    let typed: Vec<Domain> = [
        "us.army.ml",
        "amry.ml",
        "gmial.cm",
        "mali-tours.ml",
        "hotmail.con",
        "x7q2k.ml",
    ]
    .iter()
    .map(|n| Domain::parse(n).unwrap())
    .collect();
    let mut turn = typed.iter().cycle();
    c.bench_function("look up a typed domain", |b| {
        b.iter(|| classifier.intended(turn.next().unwrap(), &Evidence::none()));
    });
    let (envelope, raw) = (envelope(), message());
    let parsed = Parsed::from_bytes(&raw);
    c.bench_function("parse 10 KiB", |b| {
        b.iter(|| Parsed::from_bytes(black_box(&raw)))
    });
    c.bench_function("classify 10 KiB", |b| {
        b.iter(|| classifier.classify(&envelope, &parsed, &Circumstances::UNKNOWN))
    });
    c.bench_function("parse and classify 10 KiB", |b| {
        b.iter(|| {
            classifier.classify(
                &envelope,
                &Parsed::from_bytes(black_box(&raw)),
                &Circumstances::UNKNOWN,
            )
        });
    });
}

criterion_group!(all, benches);
criterion_main!(all);
