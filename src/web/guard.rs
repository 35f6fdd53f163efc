//! What every answer carries, and what every form must.
