//! What happens to a house's mail and notices: sorting, rules, and all the way to the relay.

use crate::house::House;
use crate::house::MINUTE;
use crate::house::domain;
use crate::house::operator;
use restante::audit;
use restante::classify::rules::RuleEffect;
use restante::notify::Drained;
use restante::notify::Memory;
use restante::notify::Transport;
use restante::notify::drain_once;
use restante::store::rules::NewRule;

impl House {
    /// Applies the directory and the rules to stored mail, until both walks of each are through.
    pub async fn sort(&self) {
        self.sort_once(0).await;
        self.sort_once(MINUTE).await;
    }

    /// Sorts once more, by a directory that says the same under another version: mail of the tests is decided without one.
    pub async fn resort(&self) {
        self.behind("UPDATE counter SET value = value + 1 WHERE name = 'organisations_version'")
            .await;
        self.sort().await;
    }

    /// Applies them as far as there is something to do in so many milliseconds from now.
    pub async fn sort_once(&self, later: i64) {
        let now = self.now().plus_millis(later);
        for _ in 0..100 {
            let rules = self.store.apply_rules_step(now, 500).await.unwrap();
            let directory = self.store.apply_directory_step(now, 500).await.unwrap();
            if !rules.more && !directory.more {
                return;
            }
        }
        panic!("the walks do not end");
    }

    /// Makes a rule of staff: mail typed to this name was meant for that one.
    pub async fn rule(&self, typed: &str, meant: &str) {
        let rule = NewRule {
            typed: domain(typed),
            sender: None,
            effect: RuleEffect::Intended(Some(domain(meant))),
        };
        let action = audit::Action::RuleMade;
        let entry = audit::entry(self.now(), "awa", action, typed, serde_json::json!({}));
        self.store.add_rule(rule, entry).await.unwrap();
    }

    /// Drafts, approves and sends a notice of a case; says its number.
    pub async fn tell(&self, case: i64) -> i64 {
        let id = self.draft("bintou", case).await.unwrap();
        self.approve("coumba", id).await.unwrap();
        assert_eq!(self.send().await.sent, 1);
        id
    }

    /// Lets the queue work once, into nowhere.
    pub async fn send(&self) -> Drained {
        let transport = Transport::Memory(Memory::default());
        drain_once(&self.store, &transport, &self.clock(), &operator())
            .await
            .unwrap()
    }
}
