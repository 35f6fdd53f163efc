//! What the layout of every page needs: `templates/layout.html`.

use crate::language::Language;
use crate::language::Words;
use crate::staff::Session;
use crate::web::assets;
use std::sync::Arc;

/// What the layout of every page shows: `templates/layout.html`.
pub struct Frame {
    /// The words.
    pub words: &'static Words,
    /// Who is logged in.
    pub session: Option<Session>,
    /// The current entry of the navigation.
    pub place: &'static str,
    /// Path and query of this page.
    pub here: String,
    /// The operator's zones: `.ml`; empty: not named.
    pub zones: Arc<str>,
    /// What a form has just done, in words.
    pub done: Option<String>,
}

/// An entry of the navigation.
pub struct Place {
    /// Where it leads.
    pub href: &'static str,
    /// Its words.
    pub label: String,
    /// Whether it is this page, or the list that this page belongs to.
    pub current: bool,
}

/// The navigation in its order; the last three are for those who may read them.
const PLACES: [(&str, &str); 12] = [
    ("overview", "/"),
    ("cases", "/cases"),
    ("unassigned", "/cases/unassigned"),
    ("notices", "/notices"),
    ("messages", "/messages"),
    ("organisations", "/organisations"),
    ("rules", "/rules"),
    ("policies", "/policies"),
    ("lookup", "/lookup"),
    ("operator", "/operator"),
    ("audit", "/audit"),
    ("accounts", "/accounts"),
];

impl Frame {
    /// What every form carries, as `<input type="hidden" name="token">`; empty without a session.
    #[must_use]
    pub fn token(&self) -> &str {
        self.session.as_ref().map_or("", Session::form_token)
    }

    /// The role of who is logged in, in words.
    #[must_use]
    pub fn role(&self) -> String {
        let role = self.session.as_ref().map(|session| session.account().role);
        role.map_or_else(String::new, |role| self.words.get(&format!("role-{role}")))
    }

    /// The navigation, without what this reader may not see.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let looks_on = self.session.as_ref().is_some_and(|s| s.auditor().is_ok());
        PLACES
            .iter()
            .filter(|(name, _)| looks_on || !matches!(*name, "operator" | "audit" | "accounts"))
            .map(|(name, href)| Place {
                href,
                label: self.words.get(&format!("place-{name}")),
                current: *name == self.place,
            })
            .collect()
    }

    /// The word for a stored code: `role-admin`. A code without one is shown as it is.
    #[must_use]
    pub fn term(&self, kind: &str, code: &str) -> String {
        let key = format!("{kind}-{}", code.replace('_', "-"));
        self.words.find(&key).unwrap_or_else(|| code.to_owned())
    }

    /// The languages to switch to.
    #[must_use]
    pub fn other_languages(&self) -> Vec<Language> {
        let others = Language::ALL.into_iter();
        others.filter(|l| *l != self.words.language()).collect()
    }

    /// The address of the style sheet.
    #[must_use]
    pub fn style(&self) -> &'static str {
        assets::style()
    }

    /// The address of the icon.
    #[must_use]
    pub fn icon(&self) -> &'static str {
        assets::icon()
    }

    /// The version of this program.
    #[must_use]
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
