//! Where the time of a 10 KiB message goes before it is committed: parse, classify, digest, seal, one after the other.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a bench that cannot go on is over"
)]

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use restante::classify::Classifier;
use restante::classify::Classify;
use restante::classify::Popular;
use restante::message::Address;
use restante::message::Circumstances;
use restante::message::Client;
use restante::message::Envelope;
use restante::message::Helo;
use restante::message::MessageId;
use restante::message::Parsed;
use restante::message::Policy;
use restante::message::Protocol;
use restante::message::Recipient;
use restante::message::ReversePath;
use restante::message::Timestamp;
use restante::pseudonyms::Keys;
use restante::seal::Sealer;
use restante::seal::identity::Identity;
use std::hint::black_box;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn envelope() -> Envelope {
    let address = |text: &str| Address::parse(text).unwrap();
    Envelope {
        id: MessageId::fresh(NOW).unwrap(),
        received_at: NOW,
        client: Client {
            address: [192, 0, 2, 1].into(),
            helo: Helo::new("mail.sender.example"),
            protocol: Protocol::Esmtp,
            tls: None,
        },
        reverse_path: ReversePath::Address(address("a@sender.example")),
        recipients: vec![Recipient {
            address: address("jane@us.army.ml"),
            watch: None,
        }],
        policy: Policy::Hold,
    }
}

/// A letter of 10 KiB with the headers of an ordinary mail program.
fn letter() -> Vec<u8> {
    let mut text = String::from(
        "Received: from mail.sender.example by relay.example with ESMTPS; Mon, 17 Jul 2023 10:00:00 +0200\r\n\
         From: \"A. Sender\" <a@sender.example>\r\nTo: Jane Roe <jane@us.army.ml>\r\nSubject: The travel plan\r\n\
         Date: Mon, 17 Jul 2023 10:00:00 +0200\r\nMessage-ID: <1.2@sender.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n",
    );
    while text.len() < 10_240 {
        text.push_str("Dear Jane, the itinerary is attached; the hotel has confirmed the rooms for Thursday.\r\n");
    }
    text.into_bytes()
}

fn stages(criterion: &mut Criterion) {
    let (envelope, letter) = (envelope(), letter());
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::create(&folder.path().join("keys"), NOW).unwrap();
    let sealer = Sealer::new(vec![Identity::generate().recipient()]).unwrap();
    let classifier = Classifier::new(&[], Vec::new(), &Popular::shipped());
    let parsed = Parsed::from_bytes(&letter);

    let mut group = criterion.benchmark_group("10 KiB letter");
    group.bench_function("parse", |b| {
        b.iter(|| Parsed::from_bytes(black_box(&letter)))
    });
    group.bench_function("classify", |b| {
        b.iter(|| classifier.classify(black_box(&envelope), &parsed, &Circumstances::UNKNOWN))
    });
    group.bench_function("digest and pseudonyms", |b| {
        b.iter(|| {
            let pseudonym = keys.pseudonym(&envelope.recipients[0].address);
            (keys.digests(black_box(&envelope), &letter), pseudonym)
        });
    });
    group.bench_function("seal", |b| {
        b.iter(|| {
            sealer
                .seal(b"Return-Path: <>\r\n", black_box(&letter))
                .unwrap()
        })
    });
    group.bench_function("seal nothing: the key agreement alone", |b| {
        b.iter(|| sealer.seal(black_box(b""), b"").unwrap());
    });
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
