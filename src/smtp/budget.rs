//! Bytes in flight: one bound for all connections together.

/// (contract stub; see Budget in the brief)
pub struct Reservation;
