//! Signed notes (C2SP signed-note, Ed25519) and the checkpoints inside them.

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::hash::Hash;

/// The signature type byte of Ed25519.
const ED25519: u8 = 1;

/// Why a note, key or checkpoint does not hold, in Chinese.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoteError(pub(crate) String);

fn wrong(words: &str) -> NoteError {
    NoteError(words.to_owned())
}

/// Whether `name` may be the origin of a log and the name of its key.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

fn key_id(name: &str, public: &VerifyingKey) -> [u8; 4] {
    let digest: Hash = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', ED25519])
        .chain_update(public.as_bytes())
        .finalize()
        .into();
    [digest[0], digest[1], digest[2], digest[3]]
}

/// One text for a key, `name+id+base64(type, bytes)`.
fn key_text(name: &str, id: [u8; 4], bytes: &[u8; 32]) -> String {
    let typed: Vec<u8> = std::iter::once(ED25519).chain(*bytes).collect();
    format!("{name}+{}+{}", hex::encode(id), STANDARD.encode(typed))
}

fn key_parts(text: &str) -> Option<(&str, [u8; 32])> {
    let (name, rest) = text.split_once('+')?;
    let (_, typed) = rest.split_once('+')?;
    let typed = STANDARD.decode(typed).ok()?;
    let (kind, bytes) = typed.split_first()?;
    (*kind == ED25519 && is_name(name)).then_some(())?;
    Some((name, bytes.try_into().ok()?))
}

/// The secret half: signs the log's checkpoints.
pub(crate) struct Signer {
    name: String,
    key: SigningKey,
}

impl Signer {
    const PREFIX: &str = "PRIVATE+KEY+";

    /// A new key from the operating system's randomness.
    pub(crate) fn generate(name: &str) -> Signer {
        Signer {
            name: name.to_owned(),
            key: SigningKey::from_bytes(&rand::random()),
        }
    }

    /// The text of the key file.
    pub(crate) fn to_secret_text(&self) -> String {
        let id = key_id(&self.name, &self.key.verifying_key());
        format!(
            "{}{}\n",
            Signer::PREFIX,
            key_text(&self.name, id, self.key.as_bytes())
        )
    }

    /// Reads a key file; anything but the exact text of a key is refused.
    pub(crate) fn parse(text: &str) -> Result<Signer, NoteError> {
        let refuse = || wrong("签名密钥文件不完整或被改动");
        let (name, seed) = text
            .strip_prefix(Signer::PREFIX)
            .and_then(|rest| rest.strip_suffix('\n'))
            .and_then(key_parts)
            .ok_or_else(refuse)?;
        let signer = Signer {
            name: name.to_owned(),
            key: SigningKey::from_bytes(&seed),
        };
        if signer.to_secret_text() == text {
            Ok(signer)
        } else {
            Err(refuse())
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The public half as text, for everybody who verifies.
    pub(crate) fn vkey(&self) -> String {
        let public = self.key.verifying_key();
        key_text(&self.name, key_id(&self.name, &public), public.as_bytes())
    }

    /// The note around `text`, which ends with a newline.
    pub(crate) fn sign(&self, text: &str) -> String {
        let mut signature = key_id(&self.name, &self.key.verifying_key()).to_vec();
        signature.extend(self.key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n— {} {}\n", self.name, STANDARD.encode(signature))
    }
}

/// The public half: checks notes.
#[derive(Clone, Debug)]
pub struct Verifier {
    name: String,
    key: VerifyingKey,
}

impl Verifier {
    /// Reads a public key (`vkey`); white space around it is forgiven.
    pub fn parse(vkey: &str) -> Result<Verifier, NoteError> {
        let refuse = || wrong("公钥（vkey）格式不对，应为“名称+编号+Base64”一行");
        let vkey = vkey.trim();
        let (name, bytes) = key_parts(vkey).ok_or_else(refuse)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| refuse())?;
        let verifier = Verifier {
            name: name.to_owned(),
            key,
        };
        if verifier.vkey() == vkey {
            Ok(verifier)
        } else {
            Err(refuse())
        }
    }

    /// The key as text.
    pub fn vkey(&self) -> String {
        key_text(&self.name, key_id(&self.name, &self.key), self.key.as_bytes())
    }

    /// The checkpoint in `note`, if this key signed it. Signatures of other keys, such as witnesses', are passed over.
    pub fn open(&self, note: &str) -> Result<Checkpoint, NoteError> {
        let (text, signatures) = note
            .rsplit_once("\n\n")
            .ok_or_else(|| wrong("检查点里没有签名"))?;
        let text = format!("{text}\n");
        let lines = signatures
            .strip_suffix('\n')
            .ok_or_else(|| wrong("检查点的签名行不完整"))?;
        let mut is_signed = false;
        for line in lines.split('\n') {
            let (name, signature) = line
                .strip_prefix("— ")
                .and_then(|rest| rest.split_once(' '))
                .ok_or_else(|| wrong("检查点的签名行格式不对"))?;
            let signature = STANDARD
                .decode(signature)
                .map_err(|_| wrong("检查点的签名不是有效的 Base64"))?;
            if name != self.name || !signature.starts_with(&key_id(&self.name, &self.key)) {
                continue;
            }
            let signature =
                Signature::from_slice(&signature[4..]).map_err(|_| wrong("检查点的签名长度不对"))?;
            self.key
                .verify_strict(text.as_bytes(), &signature)
                .map_err(|_| wrong("检查点的签名验证不通过"))?;
            is_signed = true;
        }
        if !is_signed {
            return Err(wrong("检查点没有这把公钥的签名"));
        }
        let checkpoint = Checkpoint::parse(&text)?;
        if checkpoint.origin != self.name {
            return Err(wrong("检查点属于另一份日志"));
        }
        Ok(checkpoint)
    }
}

/// What the log states with its signature: so many entries, under this root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many entries are covered.
    pub size: u64,
    /// The root of the Merkle tree over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub(crate) fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    fn parse(text: &str) -> Result<Checkpoint, NoteError> {
        let refuse = || wrong("检查点的内容格式不对");
        let lines: Vec<&str> = text.split('\n').collect();
        let [origin, size, root, ""] = lines[..] else {
            return Err(refuse());
        };
        let root = STANDARD.decode(root).map_err(|_| refuse())?;
        let checkpoint = Checkpoint {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| refuse())?,
            root: root.try_into().map_err(|_| refuse())?,
        };
        // One text for one meaning: a leading zero or plus is another text.
        if checkpoint.to_text() == text {
            Ok(checkpoint)
        } else {
            Err(refuse())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example key of Go's `golang.org/x/mod/sumdb/note`, and a note signed with it.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn the_example_key_of_gos_note_package_is_read_and_written_again() {
        assert_eq!(Verifier::parse(PETER).unwrap().vkey(), PETER);
    }

    #[test]
    fn the_example_note_of_gos_note_package_carries_a_valid_signature() {
        // The text is no checkpoint, so the signature is checked and then the content refused.
        let note = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n\n\
                    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        let peter = Verifier::parse(PETER).unwrap();
        assert_eq!(peter.open(note).unwrap_err().0, "检查点的内容格式不对");
        let changed = note.replace("problem is", "problem was");
        assert_eq!(peter.open(&changed).unwrap_err().0, "检查点的签名验证不通过");
    }

    #[test]
    fn a_checkpoint_survives_signing_and_any_flipped_byte_is_noticed() {
        let signer = Signer::generate("yongzhou.example/evidence");
        let checkpoint = Checkpoint {
            origin: signer.name().to_owned(),
            size: 70_000,
            root: [7; 32],
        };
        let note = signer.sign(&checkpoint.to_text());
        let verifier = Verifier::parse(&signer.vkey()).unwrap();
        assert_eq!(verifier.open(&note).unwrap(), checkpoint);
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(text) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(verifier.open(&text).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_witness_signature_beside_ours_is_passed_over() {
        let (ours, witness) = (Signer::generate("city/log"), Signer::generate("witness"));
        let checkpoint = Checkpoint {
            origin: "city/log".into(),
            size: 3,
            root: [1; 32],
        };
        let line = witness.sign(&checkpoint.to_text());
        let line = line.rsplit_once("\n\n").unwrap().1.to_owned();
        let note = ours.sign(&checkpoint.to_text()) + &line;
        assert_eq!(
            Verifier::parse(&ours.vkey()).unwrap().open(&note).unwrap(),
            checkpoint
        );
        let alone = Verifier::parse(&Signer::generate("city/log").vkey()).unwrap();
        assert!(alone.open(&note).is_err());
    }

    #[test]
    fn a_key_file_is_read_back_only_when_untouched() {
        let signer = Signer::generate("city/log");
        let text = signer.to_secret_text();
        assert_eq!(Signer::parse(&text).unwrap().vkey(), signer.vkey());
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let text = String::from_utf8(bytes).unwrap();
            assert!(Signer::parse(&text).is_err(), "byte {at}");
        }
    }
}
