//! What is kept sealed: personal data that applicants register about themselves (art. 33).
//!
//! One key file outside the database, readable by its owner only and made at first use. Whoever has the database
//! alone reads nothing; whoever loses the file has lost the data. Every value is sealed with a fresh nonce and bound
//! to the record and column it stands in, so that none can be put in another's place.
//!
//! Home of 《永州市政务大数据管理办法》 art. 33, as far as it is about keeping.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write as _},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
};
use serde_json::json;
use store::{Event, EventKind, settings};

use crate::{City, Refused};

/// The setting that tells whether the key file is the one this city's data was sealed with.
const CHECK: &str = "applicant-key-check";

/// The file's name in the data directory's `keys/`.
const FILE: &str = "applicants.key";

/// The keys, derived from the file.
pub(crate) struct Vault {
    root: hmac::Key,
    sealing: LessSafeKey,
}

/// Where a sealed value stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The table and column.
    pub column: &'static str,
    /// The record.
    pub id: &'a str,
}

impl Place<'_> {
    fn bound(&self) -> Vec<u8> {
        format!("{}\n{}", self.column, self.id).into_bytes()
    }
}

impl Vault {
    fn new(root: &[u8; 32]) -> Vault {
        let root = hmac::Key::new(hmac::HMAC_SHA256, root);
        let sealing = hmac::sign(&root, b"seal");
        let key =
            UnboundKey::new(&CHACHA20_POLY1305, sealing.as_ref()).expect("SHA-256 has the cipher's length");
        Vault {
            root,
            sealing: LessSafeKey::new(key),
        }
    }

    /// `plain` as it is stored at `place`.
    pub fn seal(&self, place: Place<'_>, plain: &[u8]) -> String {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = plain.to_vec();
        self.sealing
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.bound()),
                &mut sealed,
            )
            .expect("what people type is shorter than the cipher's limit");
        STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat())
    }

    /// What was sealed at `place`. A value that was altered or moved does not open.
    pub fn open(&self, place: Place<'_>, stored: &str) -> Result<Vec<u8>, Refused> {
        let broken = || Refused::internal(format!("a sealed value of {} does not open", place.column));
        let bytes = STANDARD_NO_PAD.decode(stored).map_err(|_| broken())?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or_else(broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let mut sealed = sealed.to_vec();
        let plain = self
            .sealing
            .open_in_place(nonce, Aad::from(place.bound()), &mut sealed)
            .map_err(|_| broken())?;
        Ok(plain.to_vec())
    }

    /// The keyed hash by which something is found again without being kept, such as a login; `of` tells what it is.
    pub fn mark(&self, of: &str, text: &str) -> String {
        hex::encode(hmac::sign(&self.root, format!("mark\n{of}\n{text}").as_bytes()))
    }
}

/// The city's vault, opened at first use. Never call it while a write is open.
pub(crate) async fn vault(city: &City) -> Result<&Vault, Refused> {
    city.vault.get_or_try_init(|| open(city)).await
}

async fn open(city: &City) -> Result<Vault, Refused> {
    let path = city.data_dir.join("keys").join(FILE);
    let known = settings::get(city.store.read(), CHECK).await?;
    let root = match (read(&path).map_err(Refused::internal)?, &known) {
        (Some(root), _) => root,
        // Never a new key over data that the lost one sealed.
        (None, Some(_)) => {
            let words = format!("{} is missing; put it back from the backup", path.display());
            return Err(Refused::internal(words));
        }
        (None, None) => make(&path).map_err(Refused::internal)?,
    };
    let vault = Vault::new(&root);
    let check = vault.mark("check", "");
    match known {
        Some(known) if known == check => {}
        Some(_) => {
            let words = format!(
                "{} is not the key this city's data was sealed with",
                path.display()
            );
            return Err(Refused::internal(words));
        }
        None => remember(city, &check).await?,
    }
    Ok(vault)
}

async fn remember(city: &City, check: &str) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    settings::set(&mut write, CHECK, check).await?;
    let event = Event {
        at_ms: 0,
        actor: None,
        org: None,
        kind: EventKind::SettingChanged,
        subject: CHECK.to_owned(),
        body: json!({ "made": true }),
    };
    city.seal(write, event).await?;
    Ok(())
}

/// The key in the file; none where there is no file.
fn read(path: &Path) -> std::io::Result<Option<[u8; 32]>> {
    let mut text = String::new();
    match File::open(path) {
        Ok(mut file) => file.read_to_string(&mut text)?,
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let bytes = hex::decode(text.trim()).ok().and_then(|it| it.try_into().ok());
    bytes.map(Some).ok_or_else(|| {
        let words = format!("{} does not hold a key", path.display());
        std::io::Error::new(std::io::ErrorKind::InvalidData, words)
    })
}

/// Makes the key; it is whole on disk before its name is, and never takes another's place.
fn make(path: &Path) -> std::io::Result<[u8; 32]> {
    let root: [u8; 32] = rand::random();
    let draft = path.with_extension("draft");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    writeln!(file, "{}", hex::encode(root))?;
    file.sync_all()?;
    std::fs::hard_link(&draft, path)?;
    std::fs::remove_file(&draft)?;
    if let Some(directory) = path.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place {
        column: "applicants.details",
        id: "01",
    };

    #[test]
    fn a_sealed_value_opens_in_its_own_place_and_in_no_other() {
        let vault = Vault::new(&[7; 32]);
        let sealed = vault.seal(PLACE, "唐小芳".as_bytes());
        assert_eq!(vault.open(PLACE, &sealed).unwrap(), "唐小芳".as_bytes());
        assert!(vault.open(Place { id: "02", ..PLACE }, &sealed).is_err());
        let other = Place {
            column: "products.byline",
            ..PLACE
        };
        assert!(vault.open(other, &sealed).is_err());
        assert!(Vault::new(&[8; 32]).open(PLACE, &sealed).is_err());
        assert_ne!(vault.seal(PLACE, b"a"), vault.seal(PLACE, b"a"));
    }

    #[test]
    fn an_altered_or_cut_value_does_not_open_and_nothing_panics() {
        let vault = Vault::new(&[7; 32]);
        let sealed = vault.seal(PLACE, b"abc");
        for broken in [
            "",
            "AAAA",
            "!",
            &sealed[..sealed.len() - 2],
            &sealed.replace('A', "B"),
        ] {
            assert!(broken == sealed || vault.open(PLACE, broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn the_key_file_is_its_owners_only_and_is_never_written_over() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        assert_eq!(read(&path).unwrap(), None);
        let root = make(&path).unwrap();
        assert_eq!(read(&path).unwrap(), Some(root));
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(make(&path).is_err());
        assert_eq!(read(&path).unwrap(), Some(root));
    }
}
