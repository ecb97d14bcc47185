//! The fault guard.
