//! The store through its public face, on temporary folders.

mod keep;
mod support;
