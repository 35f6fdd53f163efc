//! When what is sent: thirty days that look like days.

use crate::demo::author::Author;
use crate::demo::author::Kind;
use crate::demo::chance::Chance;
use crate::demo::letter::Letter;
use crate::demo::world;
use crate::message::Timestamp;

/// How many days the past has.
pub const DAYS: i64 = 30;

/// The day of the burst, counted back from today.
const BURST_DAY: i64 = 9;

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// Something that reaches the listener.
#[derive(Clone, Debug)]
pub enum Event {
    /// A letter.
    Letter(Letter),
    /// Somebody tries whether we relay.
    Relay(Timestamp),
    /// Somebody tries a password.
    Login(Timestamp),
}

impl Event {
    /// When.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Letter(letter) => letter.at,
            Self::Relay(at) | Self::Login(at) => *at,
        }
    }
}

/// How often each kind comes, in a hundred letters.
const MIX: &[(Kind, usize)] = &[
    (Kind::Personal, 42),
    (Kind::Unknown, 6),
    (Kind::Service, 20),
    (Kind::Spam, 17),
    (Kind::Bounce, 6),
    (Kind::Away, 4),
    (Kind::Probe, 5),
];

/// What reached us in the days before `now`, in order of time: `letters` letters, and a few sessions without any. Where there
/// are letters enough no day is without: a server that has seen nothing for more than two days takes it for a clock that
/// was set wrong, and says so.
#[must_use]
pub fn history(author: &mut Author, now: Timestamp, letters: usize) -> Vec<Event> {
    let days = days(&mut author.chance, now);
    let mut slots: Vec<(Timestamp, Kind, Option<usize>)> = (0..letters)
        .map(|number| {
            let kind = any(&mut author.chance);
            let (drawn, _) = *author.chance.weighted(&days, |(_, weight)| *weight);
            let back = days.get(number).map_or(drawn, |(back, _)| *back);
            let at = moment(&mut author.chance, now, back, is_a_persons(kind));
            let burst = back == BURST_DAY && kind != Kind::Spam && author.chance.percent(70);
            match burst {
                // A conference, and everybody who registered with the wrong address.
                true if author.chance.percent(60) => (at, Kind::Service, Some(world::BURST)),
                true => (at, Kind::Personal, Some(world::BURST)),
                false => (at, kind, None),
            }
        })
        .collect();
    slots.sort_by_key(|(at, ..)| *at);
    let mut events: Vec<Event> = slots
        .into_iter()
        .map(|(at, kind, to)| Event::Letter(author.letter(kind, at, to)))
        .collect();
    for number in 0..letters / 30 {
        let back = author.chance.between(0, DAYS - 1);
        let at = moment(&mut author.chance, now, back, false);
        events.push(if number % 2 == 0 {
            Event::Login(at)
        } else {
            Event::Relay(at)
        });
    }
    events.sort_by_key(Event::at);
    events
}

/// A letter of the present.
pub fn next(author: &mut Author, now: Timestamp) -> Letter {
    let kind = any(&mut author.chance);
    author.letter(kind, now, None)
}

/// The days, counted back, with how much comes on each.
fn days(chance: &mut Chance, now: Timestamp) -> Vec<(i64, usize)> {
    (0..DAYS)
        .map(|back| {
            let weekday = now
                .plus_days(-back)
                .utc()
                .weekday()
                .number_days_from_monday();
            let usual = if weekday < 5 { 20 } else { 7 };
            let burst = if back == BURST_DAY { 60 } else { 0 };
            (back, usual + chance.below(8) + burst)
        })
        .collect()
}

fn any(chance: &mut Chance) -> Kind {
    chance.weighted(MIX, |(_, weight)| *weight).0
}

fn is_a_persons(kind: Kind) -> bool {
    matches!(kind, Kind::Personal | Kind::Unknown | Kind::Away)
}

/// A moment `back` days ago: people write by day, machines always. What would lie in the future is of the day before.
fn moment(chance: &mut Chance, now: Timestamp, back: i64, person: bool) -> Timestamp {
    const BY_DAY: [usize; 24] = [
        1, 0, 0, 0, 0, 1, 3, 8, 16, 20, 20, 16, 10, 15, 18, 17, 13, 9, 6, 4, 4, 3, 2, 1,
    ];
    let hours: Vec<i64> = (0..24).collect();
    let weight = |hour: &i64| {
        let by_day = usize::try_from(*hour)
            .ok()
            .and_then(|hour| BY_DAY.get(hour));
        if person {
            by_day.copied().unwrap_or(0)
        } else {
            4
        }
    };
    let hour = *chance.weighted(&hours, weight);
    let midnight = Timestamp::from_millis(now.plus_days(-back).day() * DAY);
    let at = midnight.plus_millis(hour * HOUR + chance.between(0, HOUR - 1));
    let last = now.plus_millis(-30_000);
    if at <= last {
        return at;
    }
    let yesterday = at.plus_days(-1);
    if yesterday <= last { yesterday } else { last }
}
