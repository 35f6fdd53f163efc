//! How a stream is cut into segments.

/// A way to cut.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// Not at all.
    Whole,
    /// Into segments of this many octets.
    Every(usize),
    /// Into segments of all sizes; the same number cuts the same way.
    Chance(u64),
}

impl Cut {
    /// The segments, none of them empty.
    pub fn pieces(self, bytes: &[u8]) -> Vec<&[u8]> {
        match self {
            Self::Whole if bytes.is_empty() => Vec::new(),
            Self::Whole => vec![bytes],
            Self::Every(size) => bytes.chunks(size).collect(),
            Self::Chance(mut state) => {
                let mut pieces = Vec::new();
                let mut rest = bytes;
                while !rest.is_empty() {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    let chance = (state >> 33) as usize;
                    let most = [1, 2, 3, 5, 16, 70, 500, 3000][chance % 8];
                    let size = 1 + (chance >> 3) % most;
                    let (piece, after) = rest.split_at(size.min(rest.len()));
                    pieces.push(piece);
                    rest = after;
                }
                pieces
            }
        }
    }
}

/// A number that depends on all of `bytes` (FNV-1a): cuts of a fuzz input come from the input itself.
pub fn seed(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
