//! Filters kept live: they hold their rows and their count as writes arrive and the clock moves.

pub(crate) mod listen;
