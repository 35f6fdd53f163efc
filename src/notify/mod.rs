//! Sends what was approved: the queue, and how mail leaves.
