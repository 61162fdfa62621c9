//! What keeps anonymous forms honest: a signed token, a trap, and a limit for each address (art. 33, 34).
