//! What is attached, by name, media type and first octets, and by the names in archives.

use super::words;
use crate::classify::Sensitivity;
use crate::classify::words::fold;
use crate::message::parse::Attachment;
use crate::message::parse::AttachmentDetail;
use crate::message::parse::Magic;

/// Endings that say what a file is.
const ENDINGS: &[(Sensitivity, &[&str])] = &[
    (
        Sensitivity::Credentials,
        &[
            ".kdbx",
            ".kdb",
            ".pem",
            ".key",
            ".p12",
            ".pfx",
            ".ppk",
            ".ovpn",
            ".jks",
            ".keystore",
            ".rdp",
        ],
    ),
    (Sensitivity::Medical, &[".dcm", ".dicom"]),
    (
        Sensitivity::Facilities,
        &[
            ".dwg", ".dxf", ".rvt", ".ifc", ".vsd", ".vsdx", ".gpx", ".kml", ".kmz", ".shp",
        ],
    ),
    (Sensitivity::Travel, &[".pkpass"]),
];

/// Calls `found` with what an attachment's outside says.
pub(super) fn judge(
    attachment: &Attachment,
    detail: &AttachmentDetail,
    mut found: impl FnMut(Sensitivity, f32),
) {
    by_name(&detail.name, &mut found);
    // A name inside says as much as one outside, and a hundred of one kind no more than one.
    let mut inside: Vec<(Sensitivity, f32)> = Vec::new();
    for name in &detail.inside {
        by_name(base(name), &mut |label, weight| match inside
            .iter_mut()
            .find(|(known, _)| *known == label)
        {
            Some((_, most)) => *most = most.max(weight),
            None => inside.push((label, weight)),
        });
    }
    for (label, weight) in inside {
        found(label, weight);
    }
    match detail.magic {
        Some(Magic::Dicom) => found(Sensitivity::Medical, 2.0),
        Some(Magic::PrivateKey | Magic::PasswordSafe) => found(Sensitivity::Credentials, 2.0),
        Some(Magic::Drawing) => found(Sensitivity::Facilities, 2.0),
        _ => {}
    }
    match attachment.media_type {
        "application/dicom" => found(Sensitivity::Medical, 2.0),
        "application/vnd.apple.pkpass" => found(Sensitivity::Travel, 2.0),
        "image/vnd.dwg" | "application/gpx+xml" => found(Sensitivity::Facilities, 2.0),
        "application/x-pem-file" | "application/x-pkcs12" => found(Sensitivity::Credentials, 2.0),
        _ => {}
    }
}

/// Calls `found` with what a file's name says.
fn by_name(stated: &str, found: &mut impl FnMut(Sensitivity, f32)) {
    let name = stated.to_lowercase();
    for (label, endings) in ENDINGS {
        if endings.iter().any(|e| name.ends_with(e)) {
            found(*label, 2.0);
        }
    }
    if name.contains("public") && name.ends_with(".key") {
        found(Sensitivity::Credentials, -2.0);
    }
    words::FILES.scan(&folded(stated), |(label, weight)| found(label, weight));
}

/// The name without its folders.
pub(super) fn base(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// The words of a file's name, folded.
pub(super) fn folded(name: &str) -> String {
    fold(&[&spaced(name)], 512)
}

/// `CrewList_v2.xlsx` as `Crew List v 2`: words apart where people put them together.
fn spaced(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut out = String::with_capacity(stem.len() + 8);
    let mut before = ' ';
    for c in stem.chars() {
        if !c.is_alphanumeric() {
            out.push(' ');
        } else {
            if (before.is_lowercase() && c.is_uppercase())
                || (before.is_alphabetic() && before.is_lowercase() && c.is_numeric())
            {
                out.push(' ');
            }
            out.push(c);
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(name: &str) -> Vec<Sensitivity> {
        let attachment = Attachment {
            media_type: "other",
            bytes: 1,
        };
        let detail = AttachmentDetail {
            name: name.to_owned(),
            magic: None,
            inside: Vec::new(),
        };
        let mut out = Vec::new();
        judge(&attachment, &detail, |label, weight| {
            if weight > 0.0 && !out.contains(&label) {
                out.push(label);
            }
        });
        out
    }

    #[test]
    fn names_tell() {
        assert_eq!(
            labels("CrewList_v2.xlsx"),
            [Sensitivity::Personnel, Sensitivity::Military]
        );
        assert_eq!(labels("Passeport-scan.pdf"), [Sensitivity::Identity]);
        assert_eq!(labels("knee.dcm"), [Sensitivity::Medical]);
        assert!(labels("menu.pdf").is_empty());
        assert!(labels("image001.png").is_empty());
    }
}
