//! What is asked for one message, and how the library that checks is led to it.
//!
//! The library brings a resolver of its own, which bounds nothing: neither the questions of one message, nor the time, nor
//! what stands in a name. So it is given one that has nobody to ask, and what it looks into first, its cache, is ours. A check
//! is run; the first record that it lacks is asked for here, within the bounds; it is run again. It never waits, so each run is
//! a plain computation, and a check has as many runs as questions.

use crate::authenticate::QUERIES_MAX;
use crate::authenticate::dns::Answer;
use crate::authenticate::dns::Kind;
use crate::authenticate::dns::Question;
use crate::authenticate::dns::Resolver;
use crate::authenticate::records;
use crate::authenticate::records::Reading;
use mail_auth::MX;
use mail_auth::Parameters;
use mail_auth::RecordSet;
use mail_auth::ResolverCache;
use mail_auth::Txt;
use mail_auth::common::cache::NoCache;
use std::borrow::Borrow;
use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::hash::Hasher;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;
use std::time::Instant;
use tokio::task::JoinSet;

/// The questions of one message.
pub(super) struct Inquiry {
    resolver: Arc<Resolver>,
    deadline: tokio::time::Instant,
    /// How many may still be asked.
    left: usize,
    known: HashMap<Question, Answer>,
}

impl Inquiry {
    pub fn new(resolver: Arc<Resolver>, deadline: tokio::time::Instant) -> Self {
        Self {
            resolver,
            deadline,
            left: QUERIES_MAX,
            known: HashMap::new(),
        }
    }

    /// Finds out about these, side by side. What is past the bound or late is unknown.
    pub async fn find_out(&mut self, questions: impl IntoIterator<Item = Question>) {
        let mut asked = JoinSet::new();
        for question in questions {
            if self.known.contains_key(&question) {
                continue;
            }
            let mut answer = self.resolver.known(&question);
            if answer.is_none() && self.left > 0 {
                self.left -= 1;
                let (resolver, deadline) = (Arc::clone(&self.resolver), self.deadline);
                let question = question.clone();
                asked.spawn(async move {
                    let answer = resolver.ask(&question, deadline).await;
                    (question, answer)
                });
                answer = Some(Answer::Unknown);
            }
            self.known
                .insert(question, answer.unwrap_or(Answer::Unknown));
        }
        while let Some(done) = asked.join_next().await {
            if let Ok((question, answer)) = done {
                self.known.insert(question, answer);
            }
        }
    }

    /// Runs `check` until it lacks nothing. Its result, and whether a record that it read was not whole; `None` where it
    /// did not come to an end.
    pub async fn settle<T>(
        &mut self,
        reading: Reading,
        check: impl Fn(&Seen<'_>) -> Option<T>,
    ) -> Option<(T, bool)> {
        loop {
            let (result, lacking, left_out) = {
                let seen = Seen {
                    known: &self.known,
                    reading,
                    lacking: RefCell::new(None),
                    left_out: Cell::new(false),
                };
                let result = check(&seen);
                (result, seen.lacking.take(), seen.left_out.get())
            };
            match lacking {
                None => return result.map(|result| (result, left_out)),
                Some(question) => self.find_out([question]).await,
            }
        }
    }
}

/// Polls once what never waits. A panic of the library is a check that came to no end, and not the end of a session.
pub(super) fn at_once<T>(check: impl Future<Output = T>) -> Option<T> {
    let check = pin!(check);
    let mut context = Context::from_waker(Waker::noop());
    match std::panic::catch_unwind(AssertUnwindSafe(|| check.poll(&mut context))) {
        Ok(Poll::Ready(result)) => Some(result),
        Ok(Poll::Pending) | Err(_) => None,
    }
}

/// What one run of a check can see, and what it lacked first.
pub(super) struct Seen<'a> {
    known: &'a HashMap<Question, Answer>,
    reading: Reading,
    lacking: RefCell<Option<Question>>,
    left_out: Cell<bool>,
}

/// The parameters of a check with all that it can see.
pub(super) type Looking<'x, P> =
    Parameters<'x, P, Seen<'x>, Seen<'x>, Seen<'x>, Seen<'x>, NoCache<IpAddr, RecordSet<Box<str>>>>;

impl<'a> Seen<'a> {
    pub fn show<P>(&'a self, check: P) -> Looking<'a, P> {
        Parameters::new(check)
            .with_txt_cache(self)
            .with_mx_cache(self)
            .with_ipv4_cache(self)
            .with_ipv6_cache(self)
    }

    /// `None`: it is lacking, or is no name that is asked.
    fn look<Q: Hash + ?Sized>(&self, name: &Q, kind: Kind) -> Looked<'_> {
        let Some(question) = Question::new(&overheard(name), kind) else {
            return Looked::NoName;
        };
        match self.known.get(&question) {
            Some(answer) => Looked::Known(answer),
            None => {
                let mut lacking = self.lacking.borrow_mut();
                lacking.get_or_insert(question);
                Looked::Lacking
            }
        }
    }
}

enum Looked<'a> {
    Known(&'a Answer),
    Lacking,
    NoName,
}

/// The library hands over a name that can only be hashed and compared, never read: so it is hashed, and the octets that the
/// hash is made of are the name.
fn overheard<Q: Hash + ?Sized>(name: &Q) -> String {
    struct Ear(Vec<u8>);
    impl Hasher for Ear {
        fn finish(&self) -> u64 {
            0
        }
        fn write(&mut self, octets: &[u8]) {
            self.0.extend_from_slice(octets);
        }
    }
    let mut ear = Ear(Vec::with_capacity(64));
    name.hash(&mut ear);
    // A string ends its hash with an octet that no string holds.
    if ear.0.last() == Some(&0xff) {
        ear.0.pop();
    }
    String::from_utf8(ear.0).unwrap_or_default()
}

fn set<T: Clone>(records: impl IntoIterator<Item = T>) -> RecordSet<T> {
    RecordSet {
        rrset: records.into_iter().collect(),
        dnssec_status: mail_auth::DnssecStatus::Indeterminate,
    }
}

/// Implements the cache that the library looks into first. What is `None` there it asks its resolver, which has nobody to
/// ask: unknown.
macro_rules! cache {
    ($value:ty, |$seen:ident, $name:ident| $get:expr) => {
        impl ResolverCache<Box<str>, $value> for Seen<'_> {
            fn get<Q>(&self, $name: &Q) -> Option<$value>
            where
                Box<str>: Borrow<Q>,
                Q: Hash + Eq + ?Sized,
            {
                let $seen = self;
                $get
            }

            fn remove<Q>(&self, _: &Q) -> Option<$value>
            where
                Box<str>: Borrow<Q>,
                Q: Hash + Eq + ?Sized,
            {
                None
            }

            fn insert(&self, _: Box<str>, _: $value, _: Instant) {}
        }
    };
}

cache!(Txt, |seen, name| Some(match seen.look(name, Kind::Text) {
    Looked::Known(Answer::Texts(texts)) => {
        let (record, left_out) = records::read(seen.reading, texts);
        seen.left_out.set(seen.left_out.get() | left_out);
        record
    }
    Looked::Known(Answer::Nothing) | Looked::NoName => records::nothing(),
    Looked::Known(_) | Looked::Lacking => records::unknown(),
}));

cache!(RecordSet<MX>, |seen, name| {
    match seen.look(name, Kind::Exchange) {
        Looked::Known(Answer::Exchanges(hosts)) => {
            Some(set(hosts.iter().map(|(preference, host)| MX {
                exchanges: Box::new([host.clone()]),
                preference: *preference,
            })))
        }
        Looked::Known(Answer::Nothing) | Looked::NoName => Some(set([])),
        Looked::Known(_) | Looked::Lacking => None,
    }
});

cache!(RecordSet<Ipv4Addr>, |seen, name| {
    match seen.look(name, Kind::V4) {
        Looked::Known(Answer::V4(addresses)) => Some(set(addresses.iter().copied())),
        Looked::Known(Answer::Nothing) | Looked::NoName => Some(set([])),
        Looked::Known(_) | Looked::Lacking => None,
    }
});

cache!(RecordSet<Ipv6Addr>, |seen, name| {
    match seen.look(name, Kind::V6) {
        Looked::Known(Answer::V6(addresses)) => Some(set(addresses.iter().copied())),
        Looked::Known(Answer::Nothing) | Looked::NoName => Some(set([])),
        Looked::Known(_) | Looked::Lacking => None,
    }
});
