//! Signals of how the text is built, whatever it says.

use super::measure::Measured;
use super::signals::Signal;
use crate::classify::words::count;
use crate::message::Parsed;
use crate::message::parse::Magic;

impl Measured<'_> {
    pub(super) fn text(&mut self, parsed: &Parsed) {
        let text = parsed.text.trim();
        let own: usize = words_up_to(text, 2000);
        let s = &parsed.structure;
        // A picture within mark-up is an attachment too, and no enclosure.
        let is_enclosed = |m: &str| is_document(m) || (m.starts_with("image/") && s.images == 0);
        let encloses = parsed.attachments.iter().any(|a| is_enclosed(a.media_type));
        let others = parsed
            .attachments
            .iter()
            .any(|a| !is_signature(a.media_type));
        let marked = s.links > 0 || s.images > 0 || others;
        let hardly_any = match own {
            12.. => None,
            _ if encloses => Some(Signal::Enclosed),
            _ if marked => Some(Signal::MarkupOnly),
            1.. => Some(Signal::Short),
            0 if words_up_to(&parsed.subject, 3) == 3 => Some(Signal::SubjectOnly),
            0 => Some(Signal::Empty),
        };
        if let Some(signal) = hardly_any {
            self.flag(signal, true);
        }
        self.add(Signal::Long, ((own as f32 - 300.0) / 500.0).clamp(0.0, 2.0));
        self.flag(Signal::HtmlOnly, s.html_parts > 0 && s.plain_parts == 0);
        self.add(Signal::Links, (s.links as f32).ln_1p() / 2.0);
        self.add(
            Signal::LinkHosts,
            ((s.link_hosts as f32) - 2.0).max(0.0).ln_1p() / 2.0,
        );
        self.flag(Signal::LinksNumeric, s.numeric_hosts > 0);
        self.add(Signal::Images, (s.images as f32).ln_1p() / 2.0);
        let ratio = s.html_bytes as f32 / (text.len() as f32 + 200.0);
        self.add(Signal::MarkupHeavy, ((ratio - 4.0) / 6.0).clamp(0.0, 2.0));
        let sample: &str = text.get(..floor(text, 4000)).unwrap_or_default();
        let (letters, capitals) = letters_and_capitals(sample);
        self.add(
            Signal::Capitals,
            ((capitals as f32 / letters.max(1) as f32 - 0.12) * 6.0).clamp(0.0, 2.0),
        );
        self.add(
            Signal::Exclamations,
            count(sample.as_bytes(), |b| b == b'!') as f32 / 4.0,
        );
        let subject = &parsed.subject;
        let upper = subject.chars().filter(|c| c.is_uppercase()).count();
        let lower = subject.chars().filter(|c| c.is_lowercase()).count();
        self.flag(
            Signal::SubjectShouts,
            subject.contains('!') || (upper > 8 && upper > 2 * lower),
        );
        let mut money = count(sample.as_bytes(), |b| b == b'$');
        if !sample.is_ascii() {
            money += sample.matches(['€', '£']).count();
        }
        self.add(Signal::Money, money as f32 / 3.0);
        let questions = count(sample.as_bytes(), |b| b == b'?');
        self.add(Signal::Question, questions as f32 / 2.0);
        let first = text
            .lines()
            .find(|l| !l.trim().is_empty())
            .unwrap_or_default()
            .trim();
        let named =
            first.len() < 30 && first.ends_with([',', '!']) && first.split(' ').count() <= 4;
        self.flag(Signal::FirstLineName, named);
        let quoted = text
            .lines()
            .take(400)
            .filter(|l| l.starts_with('>'))
            .count();
        self.flag(Signal::Quoted, quoted > 0);
        let mut documents = 0.0;
        let mut pictures = 0.0;
        for (attachment, detail) in parsed.attachments.iter().zip(&parsed.attachment_details) {
            let media = attachment.media_type;
            if media.starts_with("image/") {
                pictures += 0.5;
            } else if is_document(media) {
                documents += 1.0;
            }
            self.flag(
                Signal::Program,
                detail.magic == Some(Magic::Program) || is_program(&detail.name),
            );
        }
        self.add(Signal::Documents, f32::min(documents, 2.0));
        self.add(Signal::Pictures, f32::min(pictures, 1.5));
        self.flag(Signal::Nested, s.nested_messages > 0);
    }
}

/// Something that was made elsewhere and is sent along.
fn is_document(media: &str) -> bool {
    let of_other_kinds = media.starts_with("audio/") || media.starts_with("video/");
    (media.starts_with("application/") && !is_signature(media))
        || of_other_kinds
        || matches!(media, "text/csv" | "text/vcard")
}

/// What belongs to the letter itself.
fn is_signature(media: &str) -> bool {
    matches!(
        media,
        "application/pkcs7-signature" | "application/pgp-signature" | "application/pgp-keys"
    )
}

/// How many words there are, or `most`: as `split_whitespace` would count, without looking for where each begins.
fn words_up_to(text: &str, most: usize) -> usize {
    const STRIDE: usize = 32;
    let is_space = |b: u8| (b == b' ') | b.is_ascii_whitespace() | (b == 0x0B);
    let (mut words, mut inside, mut from) = (0, false, 0);
    // A stride of ASCII at once, while it cannot hold the last word.
    while words + STRIDE <= most
        && let Some(stride) = text.as_bytes().get(from..).and_then(<[u8]>::first_chunk)
    {
        let stride: &[u8; STRIDE] = stride;
        if !stride.is_ascii() {
            break;
        }
        let first = u8::from(!inside & !is_space(stride[0]));
        let begun = |at: usize| u8::from(is_space(stride[at - 1]) & !is_space(stride[at]));
        words += usize::from((1..STRIDE).map(begun).sum::<u8>() + first);
        inside = !is_space(stride[STRIDE - 1]);
        from += STRIDE;
    }
    for (at, octet) in text.bytes().enumerate().skip(from) {
        let space = match octet {
            b'\t'..=b'\r' | b' ' => true,
            // No space is shorter than its first octet says; what follows in a character changes nothing.
            0x80..0xC0 => continue,
            0xC0.. => text
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .is_some_and(char::is_whitespace),
            _ => false,
        };
        words += usize::from(!space & !inside);
        inside = !space;
        if words == most {
            break;
        }
    }
    words
}

/// How many characters are letters, and how many of them capitals.
fn letters_and_capitals(text: &str) -> (usize, usize) {
    if text.is_ascii() {
        return (
            count(text.as_bytes(), |b| b.is_ascii_alphabetic()),
            count(text.as_bytes(), |b| b.is_ascii_uppercase()),
        );
    }
    (
        text.chars().filter(|c| c.is_alphabetic()).count(),
        text.chars().filter(|c| c.is_uppercase()).count(),
    )
}

fn floor(text: &str, limit: usize) -> usize {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

fn is_program(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        ".exe", ".scr", ".js", ".vbs", ".bat", ".cmd", ".pif", ".com.", ".jar", ".lnk", ".iso",
        ".img", ".hta", ".shtml", ".htm", ".html",
    ]
    .iter()
    .any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_as_they_are_parted() {
        for text in [
            "",
            "one",
            " two  words ",
            "a b c d e f g h i j k l m n o p q r s t u v w x y z, and a longer one\u{b}x\u{1c}y",
            "thirty-two octets and one letter more: é\u{a0}b\u{2003}c \u{e9}t\u{e9} and thirty-two more octets",
        ] {
            for most in [1, 3, 33, 40, 2000] {
                assert_eq!(
                    words_up_to(text, most),
                    text.split_whitespace().take(most).count()
                );
            }
        }
    }
}
