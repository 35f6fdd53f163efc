//! Fills a store with made-up messages, for measuring pages: `cargo run --release --example fill -- DIR 200000`.
//!
//! DIR is what `restante init` made, or is made here (its private key in DIR.key). The messages go straight to
//! `Store::keep`, in the order of their times, with what intake would have made of them: two thousand owners, a few of
//! them getting most, thousands of typed names and senders, all verdicts. Nothing is parsed and nothing is encrypted: the
//! sealed items are two thousand random octets each, about what a short message comes to. Nobody can open them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "an example that cannot go on is over"
)]

mod owners;

use clap::Parser;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use owners::Owner;
use owners::directory;
use owners::names;
use owners::owners;
use owners::parse;
use owners::sender;
use restante::audit;
use restante::audit::Action;
use restante::classify::Classification;
use restante::classify::Intended;
use restante::classify::Reason;
use restante::classify::ReasonCode;
use restante::classify::Sensitivity;
use restante::classify::Verdict;
use restante::cli::init;
use restante::cli::init::Installation;
use restante::cli::init::SealTo;
use restante::config::Config;
use restante::demo::chance::Chance;
use restante::demo::history::Hand;
use restante::message::Authentication;
use restante::message::Clock;
use restante::message::Domain;
use restante::message::MessageId;
use restante::message::Policy;
use restante::message::Timestamp;
use restante::message::TlsVersion;
use restante::message::parse::Attachment;
use restante::store::Digest;
use restante::store::NewItem;
use restante::store::NewMessage;
use restante::store::NewRecipient;
use restante::store::Options;
use restante::store::Pseudonym;
use restante::store::SessionCount;
use restante::store::Store;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Messages that wait together.
const TOGETHER: usize = 512;

const SENDERS: usize = 3_000;
const STRAY_NAMES: usize = 900;

#[derive(Parser)]
struct Arguments {
    /// What `restante init` made, or a folder to make
    dir: PathBuf,
    /// How many messages
    #[arg(default_value_t = 200_000)]
    messages: usize,
    /// Over how many days, up to now
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(i64).range(1..=366))]
    days: i64,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let now = Clock::system().now();
    let hand = Hand::new(now.plus_days(-arguments.days));
    let config = installation(&arguments.dir, &hand.clock())?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(fill(&config, &hand, now, &arguments))
}

fn installation(dir: &Path, clock: &Clock) -> anyhow::Result<PathBuf> {
    let config = dir.join("restante.toml");
    if config.exists() {
        return Ok(config);
    }
    let mut key = dir.to_owned().into_os_string();
    key.push(".key");
    init::prepare(&Installation {
        dir: dir.to_owned(),
        zones: vec![Domain::parse("ml")?],
        hostname: Domain::parse("mx.nic.ml")?,
        listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
        policy: Policy::Hold,
        keys: SealTo::FreshPair(key.into()),
        clock: clock.clone(),
        more: "\n[web]\nlisten = \"127.0.0.1:0\"\n".to_owned(),
    })
}

struct Generator {
    chance: Chance,
    owners: Vec<Owner>,
    senders: Vec<Domain>,
    stray: Vec<Domain>,
    fingerprints: Arc<[String]>,
    number: u64,
}

async fn fill(
    config: &Path,
    hand: &Hand,
    now: Timestamp,
    arguments: &Arguments,
) -> anyhow::Result<()> {
    let options = Options {
        clock: hand.clock(),
        ..Options::default()
    };
    let store = Store::open(&Config::load(config)?.data_dir, options).await?;
    let mut chance = Chance::new(now.millis().unsigned_abs());
    let names = names(&mut chance);
    let detail = serde_json::json!({});
    let entry = audit::entry(
        hand.clock().now(),
        "fill",
        Action::OrganisationsImported,
        "",
        detail,
    );
    store.import_organisations(directory(&names), entry).await?;
    let mut generator = Generator {
        owners: owners(&store, &names, &mut chance).await?,
        senders: (0..SENDERS).map(|n| parse(&sender(n))).collect(),
        stray: (0..STRAY_NAMES)
            .map(|_| parse(&format!("{}{}.ml", chance.code(4), chance.code(3))))
            .collect(),
        fingerprints: Arc::from(["SHA256:made-up".to_owned()]),
        chance,
        number: 0,
    };
    let begin = now.plus_days(-arguments.days);
    let mut times = times(&mut generator.chance, begin, now, arguments.messages);
    times.sort_unstable();
    let bar = ProgressBar::new(u64::try_from(times.len())?);
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {pos}/{len}  {per_sec}  {eta} left",
    )?);
    for times in times.chunks(TOGETHER) {
        let mut tasks = JoinSet::new();
        for at in times {
            hand.forward(*at);
            let (store, message) = (store.clone(), generator.message(*at));
            tasks.spawn(async move { store.keep(message).await });
        }
        store.count_session(SessionCount {
            at: times[0],
            auth_attempts: 1,
            relay_attempts: 1,
            refused_recipients: 1,
            misrouted: 0,
            refused: Vec::new(),
            misrouted_to: Vec::new(),
        });
        while let Some(kept) = tasks.join_next().await {
            kept??;
            bar.inc(1);
        }
    }
    bar.finish();
    let stats = store.stats().await?;
    store.close().await?;
    println!("{}", serde_json::to_string(&stats)?);
    println!("config {}", config.display());
    Ok(())
}

/// More by weekday, and by day.
fn times(chance: &mut Chance, begin: Timestamp, end: Timestamp, count: usize) -> Vec<Timestamp> {
    let span = end.millis() - begin.millis() - 1;
    let mut times = Vec::with_capacity(count);
    while times.len() < count {
        let at = begin.plus_millis(chance.between(0, span));
        let weekend = at.utc().weekday().number_days_from_monday() > 4;
        let night = !(7..19).contains(&at.utc().hour());
        let rare = weekend && chance.percent(60) || night && chance.percent(50);
        if !rare {
            times.push(at);
        }
    }
    times
}

impl Generator {
    /// A few of `count` get most.
    fn skewed(&mut self, count: usize) -> usize {
        let u = self.chance.below(1_000_000) as f64 / 1_000_000.0;
        ((u.powi(4) * count as f64) as usize).min(count - 1)
    }

    fn message(&mut self, at: Timestamp) -> NewMessage {
        self.number += 1;
        let verdict = *self.chance.weighted(
            &[
                (Verdict::Misdirected, 34),
                (Verdict::Reflection, 22),
                (Verdict::Spam, 36),
                (Verdict::Bounce, 5),
                (Verdict::Probe, 3),
            ],
            |(_, weight)| *weight,
        );
        let verdict = verdict.0;
        let policy = if self.chance.percent(5) {
            Policy::Count
        } else {
            Policy::Hold
        };
        let (typed, intended) = self.meant();
        let mut recipients = vec![self.recipient(typed.clone(), policy)];
        let mut all = vec![intended.clone()];
        if self.chance.percent(5) {
            recipients.push(self.recipient(typed, policy));
            all.push(intended);
        }
        let bytes = u64::try_from(self.chance.between(900, 90_000)).unwrap();
        let at_sender = self.skewed(SENDERS);
        let sender = (verdict != Verdict::Bounce).then(|| self.senders[at_sender].clone());
        let item = NewItem {
            sealed: self.octets(2_000),
            fingerprints: Arc::clone(&self.fingerprints),
        };
        NewMessage {
            id: MessageId::fresh(at).unwrap(),
            received_at: at,
            policy,
            bytes,
            examined: bytes,
            digest: Digest {
                current: self.octets(32).try_into().unwrap(),
                previous: None,
                expires: Some(at.plus_days(5)),
            },
            sender_pseudonym: sender.as_ref().map(|_| self.pseudonym()),
            helo_domain: sender.clone().filter(|_| self.chance.percent(80)),
            sender_domain: sender,
            client_network: Some(format!("192.0.{}.0/24", self.chance.below(250))),
            tls: self.chance.percent(70).then_some(TlsVersion::Tls13),
            attachments: self.attachments(),
            authentication: Authentication::NOT_CHECKED,
            classification: Classification {
                verdict,
                verdict_confidence: self.sureness(60),
                verdict_reasons: vec![
                    Reason::new(ReasonCode::PersonalWords, 1.2f32),
                    Reason::new(ReasonCode::WordModel, 0.8f32),
                ],
                sensitivity: self.labels(verdict),
                language: Some(if self.chance.percent(70) { "en" } else { "fr" }),
                intended: all,
            },
            recipients,
            items: if policy == Policy::Hold {
                vec![item]
            } else {
                Vec::new()
            },
        }
    }

    fn meant(&mut self) -> (Domain, Intended) {
        if self.chance.percent(6) {
            let at = self.skewed(self.stray.len());
            let unknown = Intended {
                domain: None,
                organisation: None,
                case_domain: None,
                confidence: 0.0,
                runner_up: None,
                reasons: vec![Reason::new(ReasonCode::WordModel, -1.0f32)],
            };
            return (self.stray[at].clone(), unknown);
        }
        let at = self.skewed(self.owners.len());
        let (domain, organisation) = (self.owners[at].domain.clone(), self.owners[at].organisation);
        let which = self.skewed(self.owners[at].typed.len());
        let typed = self.owners[at].typed[which].clone();
        let meant = Intended {
            case_domain: Some(domain.registrable()),
            domain: Some(domain),
            organisation,
            confidence: self.sureness(55),
            runner_up: Some((parse("army.mil"), 0.02)),
            reasons: vec![
                Reason::new(ReasonCode::TopLevelSlip, 1.5f32),
                Reason::new(ReasonCode::KnownOrganisation, 2.0f32),
            ],
        };
        (typed, meant)
    }

    fn recipient(&mut self, typed: Domain, policy: Policy) -> NewRecipient {
        NewRecipient {
            typed_domain: typed,
            watch: None,
            pseudonym: self.pseudonym(),
            item: (policy == Policy::Hold).then_some(0),
        }
    }

    fn pseudonym(&mut self) -> Pseudonym {
        Pseudonym(format!("{:016x}", self.chance.bits()))
    }

    fn octets(&mut self, count: usize) -> Vec<u8> {
        let words = count.div_ceil(8);
        let mut octets: Vec<u8> = (0..words)
            .flat_map(|_| self.chance.bits().to_le_bytes())
            .collect();
        octets.truncate(count);
        octets
    }

    fn sureness(&mut self, least: i64) -> f64 {
        self.chance.between(least, 99) as f64 / 100.0
    }

    fn attachments(&mut self) -> Vec<Attachment> {
        const TYPES: &[&str] = &["application/pdf", "image/jpeg", "application/zip"];
        let count = self.chance.below(4).saturating_sub(1);
        let one = |chance: &mut Chance| Attachment {
            media_type: chance.pick::<&'static str>(TYPES),
            bytes: u64::try_from(chance.between(2_000, 60_000)).unwrap(),
        };
        (0..count).map(|_| one(&mut self.chance)).collect()
    }

    fn labels(&mut self, verdict: Verdict) -> std::collections::BTreeSet<Sensitivity> {
        let count = if verdict == Verdict::Misdirected {
            self.chance.below(3)
        } else {
            0
        };
        (0..count)
            .map(|_| *self.chance.pick(&Sensitivity::ALL))
            .collect()
    }
}
