//! A reader of our own markup, strict where browsers are lenient: what is opened is closed, what is referred to is there.

use std::collections::BTreeSet;

/// An element's start.
#[derive(Debug)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// Attributes, with values as they stand.
    pub attributes: Vec<(String, String)>,
}

impl Tag {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

const VOID: [&str; 7] = ["meta", "link", "input", "br", "hr", "img", "rect"];

/// All starts of elements; panics where the markup is not well formed.
pub fn tags(page: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = page
        .trim_start()
        .strip_prefix("<!doctype html>")
        .unwrap_or(page);
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(end) = rest.strip_prefix('/') {
            let (name, after) = end.split_once('>').expect("an end has its bracket");
            assert_eq!(
                open.pop().as_deref(),
                Some(name),
                "closed before: {after:.200}"
            );
            rest = after;
            continue;
        }
        let (tag, after, closed) = start(rest);
        if !closed && !VOID.contains(&tag.name.as_str()) {
            open.push(tag.name.clone());
        }
        found.push(tag);
        rest = after;
    }
    assert!(open.is_empty(), "left open: {open:?}");
    found
}

/// One start: the element, what comes after, and whether it closed itself.
fn start(text: &str) -> (Tag, &str, bool) {
    let length = text
        .find([' ', '\n', '/', '>'])
        .expect("a start has its end");
    let name = text[..length].to_owned();
    assert!(
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric()),
        "not an element: <{text:.80}"
    );
    let mut attributes = Vec::new();
    let mut rest = &text[length..];
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            return (Tag { name, attributes }, after, true);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (Tag { name, attributes }, after, false);
        }
        let length = rest
            .find(['=', ' ', '\n', '/', '>'])
            .expect("an attribute ends");
        let key = rest[..length].to_owned();
        assert!(!key.is_empty(), "no attribute: {rest:.80}");
        rest = &rest[length..];
        let value = match rest.strip_prefix("=\"") {
            Some(quoted) => {
                let (value, after) = quoted.split_once('"').expect("a value is closed");
                assert!(!value.contains('<'), "a bracket in a value: {value}");
                rest = after;
                value.to_owned()
            }
            None => String::new(),
        };
        attributes.push((key, value));
    }
}

/// What every page must keep: no style or script in line, unique ids, references that lead somewhere, tables with
/// captions, fields with labels.
pub fn check(page: &str) {
    let tags = tags(page);
    let mut ids = BTreeSet::new();
    for id in tags.iter().filter_map(|tag| tag.get("id")) {
        assert!(ids.insert(id), "the id {id} is there twice");
    }
    let labelled: BTreeSet<&str> = tags.iter().filter_map(|tag| tag.get("for")).collect();
    for tag in &tags {
        for (key, value) in &tag.attributes {
            assert!(key != "style" && !key.starts_with("on"), "{key} in {tag:?}");
            if ["for", "list", "aria-describedby", "aria-labelledby"].contains(&key.as_str()) {
                for id in value.split(' ') {
                    assert!(ids.contains(id), "{key}: {id} leads nowhere");
                }
            }
            let jump = value.strip_prefix('#').filter(|_| key == "href");
            assert!(
                jump.is_none_or(|id| ids.contains(id)),
                "{value} leads nowhere"
            );
        }
        assert!(tag.name != "script" && tag.name != "style", "{tag:?}");
        let field = ["input", "select", "textarea"].contains(&tag.name.as_str());
        if field && tag.get("type") != Some("hidden") {
            let id = tag.get("id").expect("a field has an id");
            assert!(labelled.contains(id), "{id} has no label");
        }
    }
    let count = |name: &str| tags.iter().filter(|tag| tag.name == name).count();
    assert_eq!(count("table"), count("caption"), "a table has a caption");
    assert_eq!(count("h1"), 1, "a page has one heading of its own");
}
