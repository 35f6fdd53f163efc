//! Poste Restante: a receiving-side catcher of misdirected mail for top-level domain registries.
//!
//! *Poste restante*: mail that a post office holds, unopened, until the person it belongs to is told. People type
//! `army.ml` for `army.mil`; the registry of `.ml` answers for the name, and this program takes the mail: it decides in
//! memory whose it was meant to be, what kind of mail it is and how sensitive, seals it to public keys whose private
//! halves are elsewhere, and stores the sealed item and metadata. Nobody at the registry can read it.
//!
//! # The way of a message
//!
//! ```text
//! peer --TCP/TLS--> smtp --(Envelope, Content)--> intake --------------------------> store
//!                                     parse, authenticate, classify, seal (memory,     |
//!                                     then wiped)                                      |
//!       <------- 250 / 4xx / 5xx, only after the commit -------                        +--> review --> web --> staff
//!                                                                                      +--> notify --> organisations
//!                                                                                      +--> retention, audit, cli
//! ```
//!
//! 1. [`smtp`] turns a hostile byte stream into an envelope and bytes; the session is a state machine without I/O.
//! 2. [`intake`] parses (what is not small, on threads with a stack made for hostile nesting), has [`authenticate`] check SPF, DKIM
//!    and DMARC where a resolver is configured, asks [`classify`], and has [`seal`] encrypt the message once per intended
//!    owner, each copy naming only its own recipients.
//! 3. [`store`] commits many messages in one synced transaction, roll-ups and totals with them; then the peer gets its
//!    answer.
//! 4. [`review`] is what staff see and decide, with a proof of their role from [`staff`] in every signature; [`web`] is
//!    HTTP over it and nothing else.
//! 5. What one drafted and another approved, in the words of [`notice`], [`notify`] sends by timer, until the relay has
//!    taken it.
//!
//! # Promises, and the tests that would fail
//!
//! | promise | held by | test |
//! | --- | --- | --- |
//! | 250 means kept, at least once | the group commit; `synchronous=FULL` | `tests/kill.rs`, `tests/full_disk.rs` |
//! | a repeat within five days is neither counted nor sealed twice | keyed digests ([`pseudonyms`]) | `tests/kill.rs`, [`store`] |
//! | content has no way out | sealing before storing, a wiping allocator, quiet panics, our own log targets alone | `tests/canary.rs` |
//! | look-ups carry domain names alone, to the operator's resolver | [`authenticate`] | `tests/authentication` |
//! | no relay, no password, no reaction | [`message::policy`], [`smtp`] | `tests/dialogs` |
//! | nobody looks or decides without a role | proofs that only a login makes ([`staff`]) | `tests/dashboard.rs`, `tests/staff` |
//! | a wrong name is a leak, *unknown* is an answer | [`classify`] | `docs/classification.md` |
//! | a notice tells its owner of its own mail alone, and two people have seen it | [`review`], [`notice`], the schema | `tests/notices` |
//! | everything is bounded | `smtp/limits.rs`, [`intake`], [`message::parse`] | `tests/dialogs` |
//! | it can be ended | [`retention`] | [`store`] |
//!
//! # Which module may name which
//!
//! `tests/layers.rs` holds this table, so that it stays true:
//!
//! | module | may name |
//! | --- | --- |
//! | [`message`], [`language`], [`seal`], [`telemetry`] | nothing |
//! | [`pseudonyms`], [`smtp`], [`authenticate`], [`classify`] | message |
//! | [`store`] | message, classify, seal |
//! | [`audit`] | store |
//! | [`intake`] | message, smtp, authenticate, classify, seal, store, pseudonyms |
//! | [`retention`] | store, audit |
//! | [`notice`] | message, language |
//! | [`staff`] | message, store, audit |
//! | [`review`] | message, language, classify, notice, store, staff, audit |
//! | [`notify`] | message, notice, store, audit |
//! | [`web`] | message, language, classify, notice, staff, review: never store, seal, smtp |
//! | [`config`] | message, seal, and the Options of smtp, authenticate, retention, notify and web |
//! | [`serve`], [`cli`], `demo` | everything; `seal::identity` is for commands that work off-line |
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod language;
pub mod message;
pub mod smtp;

pub mod authenticate;
pub mod classify;
pub mod pseudonyms;
pub mod seal;

pub mod audit;
pub mod store;

pub mod intake;
pub mod retention;

pub mod notice;
pub mod review;
pub mod staff;

pub mod notify;
pub mod web;

pub mod config;
pub mod telemetry;

pub mod cli;
#[cfg(feature = "demo")]
pub mod demo;
pub mod serve;
