//! `/`: thirty days at a glance, and what waits for somebody.

use crate::language::Words;
use crate::message::Timestamp;
use crate::review::overview::MOST_COUNTED;
use crate::review::overview::Overview;
use crate::staff::Viewer;
use crate::web::Entrant;
use crate::web::Frame;
use crate::web::Shared;
use crate::web::chart;
use crate::web::error::PageError;
use crate::web::session::page;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

/// Silence that is worth a word, in milliseconds: a caught zone gets mail every hour.
const SILENCE: i64 = 24 * HOUR;

const HOUR: i64 = 3_600_000;

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    frame: Frame,
    overview: Overview,
    chart: String,
    figures: [Figure; 3],
    tasks: Vec<Task>,
    /// Hours without a message, where they are many.
    silent: Option<i64>,
}

/// A large number with its words.
struct Figure {
    class: &'static str,
    label: String,
    count: String,
    change: String,
    means: String,
}

/// What waits for somebody.
struct Task {
    label: String,
    href: &'static str,
    /// `None`: nothing.
    count: Option<String>,
    class: &'static str,
}

/// The page.
///
/// # Errors
/// The store's.
pub async fn show(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Viewer>,
) -> Result<Response, PageError> {
    let overview = web.review.overview(&proof).await?;
    let words = visit.words;
    page(&Page {
        frame: visit.frame("overview"),
        chart: chart::days(&overview.days, words),
        figures: figures(&overview, words),
        tasks: tasks(&overview, words),
        silent: silent(overview.last_message, web.review.now()),
        overview,
    })
}

fn figures(overview: &Overview, words: &Words) -> [Figure; 3] {
    let noise = |sums: &[i64; 5]| sums[2..].iter().sum::<i64>();
    let (sums, before) = (&overview.sums, &overview.before);
    [
        ("misdirected", "card strong", sums[0], before[0]),
        ("reflection", "card strong-2", sums[1], before[1]),
        ("noise", "card", noise(sums), noise(before)),
    ]
    .map(|(name, class, count, before)| Figure {
        class,
        label: words.get(&format!("overview-{name}")),
        count: words.number(count),
        change: change(count, before, words),
        means: words.get(&format!("overview-{name}-means")),
    })
}

/// How many more or fewer than in the thirty days before, in words.
fn change(count: i64, before: i64, words: &Words) -> String {
    match count - before {
        0 => words.get("overview-change-same"),
        _ if before == 0 => words.get("overview-change-first"),
        more if more > 0 => {
            let values = [("n", more.into()), ("before", before.into())];
            words.with_all("overview-change-more", &values)
        }
        fewer => {
            let values = [
                ("n", fewer.saturating_neg().into()),
                ("before", before.into()),
            ];
            words.with_all("overview-change-fewer", &values)
        }
    }
}

fn tasks(overview: &Overview, words: &Words) -> Vec<Task> {
    let tasks = [
        (
            "failed",
            "/notices?state=failed",
            overview.failed,
            "tag tag-failed",
        ),
        (
            "drafts",
            "/notices?state=drafted",
            overview.awaiting_approval,
            "tag tag-drafted",
        ),
        (
            "waiting",
            "/notices?state=approved",
            overview.waiting,
            "tag tag-approved",
        ),
        ("open", "/cases", overview.open, "tag tag-open"),
        (
            "unassigned",
            "/cases/unassigned",
            overview.unassigned,
            "tag tag-open",
        ),
    ];
    let tasks = tasks.into_iter().map(|(name, href, count, class)| Task {
        label: words.get(&format!("overview-task-{name}")),
        href,
        count: match count {
            0 => None,
            most if most >= i64::from(MOST_COUNTED) => {
                Some(words.with("overview-task-many", "n", most))
            }
            count => Some(words.number(count)),
        },
        class,
    });
    tasks.collect()
}

fn silent(last: Option<Timestamp>, now: Timestamp) -> Option<i64> {
    let passed = now.millis().saturating_sub(last?.millis());
    (passed > SILENCE).then_some(passed / HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn the_change_is_said_in_words() {
        let words = Language::English.words();
        assert_eq!(
            change(12, 10, words),
            "2 more than in the 30 days before (10)"
        );
        assert_eq!(
            change(1, 1200, words),
            "1,199 fewer than in the 30 days before (1,200)"
        );
        assert_eq!(change(0, 0, words), "As many as in the 30 days before");
        assert_eq!(change(7, 0, words), "None in the 30 days before");
    }

    #[test]
    fn silence_is_said_after_a_day() {
        let at = Timestamp::from_millis;
        assert_eq!(silent(None, at(SILENCE * 9)), None);
        assert_eq!(silent(Some(at(0)), at(SILENCE)), None);
        assert_eq!(silent(Some(at(0)), at(SILENCE * 2)), Some(48));
    }
}
