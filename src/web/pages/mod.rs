//! One file a page: its handler, and beside it the struct of its template.

pub mod cases;
