//! Which sending domains a notice may name.
