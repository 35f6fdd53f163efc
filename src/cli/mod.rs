//! One file per subcommand.

pub mod classify;
