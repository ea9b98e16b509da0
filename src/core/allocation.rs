//! Seats and waitlist order; the only place where a seat is given.
