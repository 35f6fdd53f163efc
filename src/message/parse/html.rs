//! HTML to text: one pass, no tree, bounded output. Good enough to count words in; it is never shown to anyone.
//!
//! Scripts, styles, heads and comments are left out; block elements and `<br>` become line ends; the entities that
//! matter for the languages at hand are decoded. Known failure: text hidden by CSS is taken for text, which is what a
//! spammer's hidden text deserves.

use super::Structure;

/// What one HTML part gave.
#[derive(Default)]
pub(super) struct HtmlText {
    /// The text.
    pub(super) text: String,
    /// Values of `href` attributes of links, at most 64.
    pub(super) links: Vec<String>,
}

const LINKS_KEPT: usize = 64;

/// Converts `html`, writing at most `limit` octets of text; counts links and images into `structure`.
pub(super) fn to_text(html: &str, limit: usize, structure: &mut Structure) -> HtmlText {
    let mut out = HtmlText::default();
    let mut rest = html;
    let mut skip_until: Option<&'static str> = None;
    while !rest.is_empty() && out.text.len() < limit {
        let (text, tag_on) = match rest.find('<') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        if skip_until.is_none() {
            push_text(&mut out.text, text);
        }
        if tag_on.is_empty() {
            break;
        }
        if let Some(comment) = tag_on.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        // A '<' that opens no tag ("a < b") is text.
        let opens = tag_on[1..]
            .starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        if !opens {
            if skip_until.is_none() {
                out.text.push('<');
            }
            rest = &tag_on[1..];
            continue;
        }
        let Some(end) = tag_on.find('>') else { break };
        tag(&tag_on[1..end], &mut out, structure, &mut skip_until);
        rest = &tag_on[end + 1..];
    }
    out
}

/// Elements whose content is not text.
const SILENT: [&str; 4] = ["script", "style", "head", "title"];

/// Elements that begin a new line.
const BLOCK: [&str; 16] = [
    "br",
    "p",
    "div",
    "tr",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "table",
    "ul",
    "ol",
    "hr",
    "blockquote",
    "pre",
    "td",
];

fn tag(
    inside: &str,
    out: &mut HtmlText,
    structure: &mut Structure,
    skip_until: &mut Option<&'static str>,
) {
    let closing = inside.starts_with('/');
    let inside = inside.trim_start_matches('/');
    let name_end = inside
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(inside.len());
    let (name, attributes) = inside.split_at(name_end);
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    if let Some(waiting) = *skip_until {
        // A body ends a head that was never closed.
        if (closing && is(waiting)) || is("body") {
            *skip_until = None;
        }
        return;
    }
    if !closing && let Some(silent) = SILENT.iter().find(|s| is(s)) {
        *skip_until = Some(silent);
        return;
    }
    if BLOCK.iter().any(|b| is(b)) {
        out.text.push(if is("td") { ' ' } else { '\n' });
    } else if !closing && is("a") {
        structure.links = structure.links.saturating_add(1);
        if out.links.len() < LINKS_KEPT
            && let Some(link) = attribute(attributes, "href")
        {
            out.links.push(link.chars().take(300).collect());
        }
    } else if is("img") {
        structure.images = structure.images.saturating_add(1);
    }
}

/// The value of an attribute, quoted or not.
fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let at = attributes
        .as_bytes()
        .windows(name.len())
        .position(|w| w.eq_ignore_ascii_case(name.as_bytes()))?;
    let value = attributes.get(at + name.len()..)?.trim_start();
    let value = value.strip_prefix('=')?.trim_start();
    match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next(),
        _ => value.split_ascii_whitespace().next(),
    }
}

/// Appends text with entities decoded and runs of white space made one space.
fn push_text(out: &mut String, text: &str) {
    let mut rest = text;
    loop {
        let (plain, entity_on) = match rest.find('&') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        push_collapsed(out, plain);
        let Some(after) = entity_on.strip_prefix('&') else {
            return;
        };
        match entity(after) {
            Some((c, used)) => {
                if c.is_whitespace() {
                    push_collapsed(out, " ");
                } else if c != '\u{200b}' && c != '\u{ad}' && c != '\u{200c}' {
                    out.push(c);
                }
                rest = &after[used..];
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
}

fn push_collapsed(out: &mut String, text: &str) {
    for c in text.chars() {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with([' ', '\n']) {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
}

/// Decodes what follows an ampersand; gives the character and how many octets it took.
fn entity(after: &str) -> Option<(char, usize)> {
    let end = after.bytes().take(10).position(|b| b == b';')?;
    let name = after.get(..end)?;
    let c = if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        char::from_u32(code)?
    } else {
        NAMED.iter().find(|(n, _)| *n == name)?.1
    };
    Some((c, end + 1))
}

const NAMED: &[(&str, char)] = &[
    ("nbsp", ' '),
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("rsquo", '’'),
    ("lsquo", '‘'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
    ("copy", '©'),
    ("reg", '®'),
    ("euro", '€'),
    ("pound", '£'),
    ("deg", '°'),
    ("middot", '·'),
    ("bull", '•'),
    ("zwnj", '\u{200c}'),
    ("eacute", 'é'),
    ("Eacute", 'É'),
    ("egrave", 'è'),
    ("ecirc", 'ê'),
    ("euml", 'ë'),
    ("agrave", 'à'),
    ("Agrave", 'À'),
    ("acirc", 'â'),
    ("aacute", 'á'),
    ("auml", 'ä'),
    ("ccedil", 'ç'),
    ("icirc", 'î'),
    ("iuml", 'ï'),
    ("iacute", 'í'),
    ("ocirc", 'ô'),
    ("oacute", 'ó'),
    ("ouml", 'ö'),
    ("ugrave", 'ù'),
    ("ucirc", 'û'),
    ("uacute", 'ú'),
    ("uuml", 'ü'),
    ("ntilde", 'ñ'),
    ("szlig", 'ß'),
    ("oelig", 'œ'),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        to_text(html, 10_000, &mut Structure::default()).text
    }

    #[test]
    fn tags_scripts_and_comments_are_left_out() {
        assert_eq!(
            text(
                "<head><title>T</title></head><p>a<!-- b --><script>c</script> d&eacute;<br>e</p>"
            )
            .trim(),
            "a dé\ne"
        );
    }

    #[test]
    fn broken_markup_ends_somewhere() {
        for html in [
            "<",
            "<a",
            "a < b",
            "<a href=",
            "&",
            "&#x110000;",
            "<!--",
            "<script>",
            "<é>",
        ] {
            let _ = text(html);
        }
        assert_eq!(text("a < b"), "a < b");
    }

    #[test]
    fn links_and_images_are_counted() {
        let mut structure = Structure::default();
        let out = to_text(
            "<A HREF='https://a.example/x'>x</a><img src=y><a href=b>z</a>",
            100,
            &mut structure,
        );
        assert_eq!((structure.links, structure.images), (2, 1));
        assert_eq!(out.links, ["https://a.example/x", "b"]);
    }

    #[test]
    fn output_stays_near_its_limit() {
        let html = "<p>word word</p>".repeat(10_000);
        assert!(to_text(&html, 1000, &mut Structure::default()).text.len() < 1100);
    }
}
