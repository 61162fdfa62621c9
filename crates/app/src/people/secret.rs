//! Passwords, tokens and keys: made here, hashed here, and never stored as they are.

use std::sync::OnceLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::Refused;

/// Hashes a password with argon2id and a fresh salt, away from the threads that answer requests.
pub(crate) async fn hash_password(password: &str) -> Result<String, Refused> {
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || hash_now(&password))
        .await
        .map_err(Refused::internal)?
}

fn hash_now(password: &str) -> Result<String, Refused> {
    Ok(Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(Refused::internal)?
        .to_string())
}

/// Whether `password` is the one behind `hash`. Without a hash (an unknown login) it takes as long and says no.
pub(crate) async fn is_password(password: &str, hash: Option<String>) -> Result<bool, Refused> {
    let password = password.to_owned();
    let check = move || {
        // Made by the first sign-in of all, whoever's: only its making would tell an unknown login apart.
        let nobodys = nobodys_hash();
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| nobodys.to_owned());
        let hash = PasswordHash::new(&hash).map_err(Refused::internal)?;
        Ok(Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
            && is_known)
    };
    tokio::task::spawn_blocking(check)
        .await
        .map_err(Refused::internal)?
}

/// The hash of a password that nobody has, so that an unknown login costs the same work.
fn nobodys_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| hash_now(&random_token("")).expect("argon2's own parameters are valid"))
}

/// 256 random bits as 43 characters, after `prefix`.
pub(crate) fn random_token(prefix: &str) -> String {
    let bytes: [u8; 32] = rand::random();
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// What is stored of a random token or application key: SHA-256, hexadecimal. Fit for 256-bit random
/// secrets only; passwords go through argon2id.
pub(crate) fn hash_token(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_and_by_no_other() {
        let hash = hash_password("湘江北去-2026").await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(is_password("湘江北去-2026", Some(hash.clone())).await.unwrap());
        assert!(!is_password("湘江北去-2025", Some(hash)).await.unwrap());
        assert!(!is_password("湘江北去-2026", None).await.unwrap());
    }

    #[test]
    fn tokens_differ_and_hash_alike() {
        let (one, other) = (random_token("yk_"), random_token("yk_"));
        assert_ne!(one, other);
        assert_eq!(one.len(), 46);
        assert_eq!(hash_token(&one), hash_token(&one));
        assert_ne!(hash_token(&one), hash_token(&other));
    }
}
