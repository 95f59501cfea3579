//! The deterministic data set of the benchmarks and its nine query classes.
