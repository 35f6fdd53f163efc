//! Media types and magic numbers: closed lists, so that nothing a sender wrote is kept.

/// The media types that are kept by name; every other is `other`.
const KNOWN: &[&str] = &[
    "application/dicom",
    "application/gpx+xml",
    "application/gzip",
    "application/json",
    "application/msword",
    "application/octet-stream",
    "application/pdf",
    "application/pgp-encrypted",
    "application/pgp-keys",
    "application/pgp-signature",
    "application/pkcs7-mime",
    "application/pkcs7-signature",
    "application/rtf",
    "application/vnd.apple.pkpass",
    "application/vnd.ms-excel",
    "application/vnd.ms-outlook",
    "application/vnd.ms-powerpoint",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/x-7z-compressed",
    "application/x-pem-file",
    "application/x-pkcs12",
    "application/x-rar-compressed",
    "application/xml",
    "application/zip",
    "audio/mpeg",
    "audio/wav",
    "image/bmp",
    "image/gif",
    "image/heic",
    "image/jpeg",
    "image/png",
    "image/svg+xml",
    "image/tiff",
    "image/vnd.dwg",
    "image/webp",
    "message/delivery-status",
    "message/disposition-notification",
    "message/feedback-report",
    "message/rfc822",
    "text/calendar",
    "text/csv",
    "text/html",
    "text/plain",
    "text/rfc822-headers",
    "text/vcard",
    "video/mp4",
    "video/quicktime",
];

/// The entry of the closed list for a media type, whatever its case; `other` where there is none.
pub(super) fn closed(media_type: &str) -> &'static str {
    let lower = media_type.to_ascii_lowercase();
    let same = match lower.as_str() {
        "application/x-pkcs7-signature" => "application/pkcs7-signature",
        "application/x-pkcs7-mime" => "application/pkcs7-mime",
        "application/x-zip-compressed" => "application/zip",
        "application/x-pdf" => "application/pdf",
        "application/x-gzip" => "application/gzip",
        "application/vnd.rar" => "application/x-rar-compressed",
        "application/acad" | "application/x-dwg" => "image/vnd.dwg",
        "text/xml" => "application/xml",
        "text/x-vcard" => "text/vcard",
        "text/rtf" => "application/rtf",
        "image/jpg" | "image/pjpeg" => "image/jpeg",
        other => other,
    };
    KNOWN
        .binary_search(&same)
        .ok()
        .and_then(|at| KNOWN.get(at))
        .copied()
        .unwrap_or("other")
}

/// What an attachment's first octets say it is, whatever its name and type claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Magic {
    /// `%PDF`.
    Pdf,
    /// A ZIP archive, and so most office documents.
    Zip,
    /// An OLE compound file: older office documents, Outlook messages.
    Ole,
    /// JPEG, PNG, GIF, TIFF or WebP.
    Picture,
    /// A DICOM image (`DICM` at 128).
    Dicom,
    /// An AutoCAD drawing.
    Drawing,
    /// A PEM or OpenSSH private key.
    PrivateKey,
    /// A KeePass database.
    PasswordSafe,
    /// A program.
    Program,
}

impl Magic {
    /// What `bytes` begin with.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let starts = |prefix: &[u8]| bytes.starts_with(prefix);
        if starts(b"%PDF") {
            Some(Self::Pdf)
        } else if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
            Some(Self::Zip)
        } else if starts(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
            Some(Self::Ole)
        } else if starts(b"\xFF\xD8\xFF")
            || starts(b"\x89PNG")
            || starts(b"GIF8")
            || starts(b"II*\0")
            || starts(b"MM\0*")
            || (starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
        {
            Some(Self::Picture)
        } else if bytes.get(128..132) == Some(b"DICM") {
            Some(Self::Dicom)
        } else if starts(b"AC10") {
            Some(Self::Drawing)
        } else if starts(b"-----BEGIN ")
            && contains(bytes.get(..64).unwrap_or(bytes), b"PRIVATE KEY")
        {
            Some(Self::PrivateKey)
        } else if starts(b"\x03\xD9\xA2\x9A") {
            Some(Self::PasswordSafe)
        } else if starts(b"MZ") || starts(b"\x7FELF") {
            Some(Self::Program)
        } else {
            None
        }
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|w| w == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_for_its_search() {
        assert!(KNOWN.is_sorted());
        for name in KNOWN {
            assert_eq!(closed(&name.to_uppercase()), *name);
        }
    }

    #[test]
    fn what_a_sender_made_up_is_other() {
        assert_eq!(closed("application/jane-roe"), "other");
        assert_eq!(closed("image/jpg"), "image/jpeg");
    }

    #[test]
    fn magic_numbers_are_read_from_short_inputs() {
        assert_eq!(Magic::of(b""), None);
        assert_eq!(Magic::of(b"%PDF-1.7"), Some(Magic::Pdf));
        assert_eq!(
            Magic::of(b"-----BEGIN OPENSSH PRIVATE KEY-----"),
            Some(Magic::PrivateKey)
        );
        assert_eq!(Magic::of(b"-----BEGIN PUBLIC KEY-----"), None);
    }
}
