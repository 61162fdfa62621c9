//! The log as its callers use it.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use evidence::{
    AppendError, Log, OpenError, ReadError, Verifier, is_included, leaf_hash, verify, verify_consistency,
    verify_receipt,
};

const ORIGIN: &str = "yongzhou.example/evidence";

struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place {
            root: tempfile::tempdir().unwrap(),
        }
    }
    fn dir(&self) -> PathBuf {
        self.root.path().join("evidence")
    }
    fn key(&self) -> PathBuf {
        self.root.path().join("keys/evidence.key")
    }
    fn open(&self) -> Log {
        Log::open(&self.dir(), ORIGIN, &self.key()).unwrap()
    }
}

async fn fill(log: &Log, from: u64, to: u64) {
    for n in from..to {
        assert_eq!(
            log.append("call.query", format!("第{n}次调用").into_bytes())
                .await,
            Ok(n)
        );
    }
}

#[tokio::test]
async fn entries_come_back_in_order_and_survive_a_restart() {
    let place = Place::new();
    let log = place.open();
    fill(&log, 0, 600).await;
    let before = log.read(0, 1000).unwrap();
    drop(log);
    let log = place.open();
    assert_eq!((log.size(), log.cut_bytes()), (600, 0));
    assert_eq!(log.read(0, 1000).unwrap(), before);
    fill(&log, 600, 700).await;
    let part = log.read(511, 3).unwrap();
    assert_eq!(
        part.iter().map(|record| record.index).collect::<Vec<_>>(),
        [511, 512, 513]
    );
    assert_eq!(part[1].body, "第512次调用".as_bytes());
    assert_eq!(part[1].kind, "call.query");
    assert!(log.read(700, 5).unwrap().is_empty());
    assert!(part.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
}

#[tokio::test]
async fn every_receipt_verifies_with_the_public_key_alone() {
    let place = Place::new();
    let log = place.open();
    fill(&log, 0, 530).await;
    for index in [0, 1, 255, 256, 511, 512, 529] {
        let receipt = verify_receipt(&log.receipt(index).unwrap(), &log.vkey()).unwrap();
        assert_eq!((receipt.index, receipt.tree_size), (index, 530));
        assert_eq!(receipt.body.unwrap(), format!("第{index}次调用").as_bytes());
        assert_eq!(receipt.kind, "call.query");
    }
    assert!(matches!(log.receipt(530), Err(ReadError::Missing(530))));
    let single = place_with_one().await;
    assert_eq!(verify_receipt(&single.0, &single.1).unwrap().tree_size, 1);
}

async fn place_with_one() -> (String, String) {
    let place = Place::new();
    let log = place.open();
    fill(&log, 0, 1).await;
    (log.receipt(0).unwrap(), log.vkey())
}

#[tokio::test]
async fn a_receipt_with_any_changed_byte_is_refused() {
    let place = Place::new();
    let log = place.open();
    fill(&log, 0, 5).await;
    let (receipt, vkey) = (log.receipt(3).unwrap(), log.vkey());
    for at in 0..receipt.len() {
        let mut bytes = receipt.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        assert!(verify_receipt(&text, &vkey).is_err(), "byte {at}");
    }
    assert!(
        verify_receipt(&receipt, &place_with_one().await.1).is_err(),
        "another log's key"
    );
    assert!(verify_receipt("", &vkey).is_err());
}

#[tokio::test]
async fn a_receipt_shows_nothing_of_other_entries() {
    let place = Place::new();
    let log = place.open();
    log.append("call.query", "甲的秘密".into()).await.unwrap();
    log.append("call.query", "乙的秘密".into()).await.unwrap();
    let receipt = log.receipt(0).unwrap();
    let decoded = receipt.lines().filter_map(|line| line.rsplit(' ').next());
    assert!(decoded.clone().count() > 5);
    let secret = "乙的秘密".as_bytes();
    for word in decoded {
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, word);
        assert!(
            !bytes
                .unwrap_or_default()
                .windows(secret.len())
                .any(|part| part == secret)
        );
    }
}

#[tokio::test]
async fn growth_is_proved_between_any_two_checkpoints() {
    let place = Place::new();
    let log = place.open();
    let mut old = vec![log.checkpoint().unwrap()];
    for (from, to) in [(0, 1), (1, 200), (200, 256), (256, 300), (300, 513)] {
        fill(&log, from, to).await;
        old.push(log.checkpoint().unwrap());
    }
    let verifier = Verifier::parse(&log.vkey()).unwrap();
    for note in &old {
        let size = verifier.open(note).unwrap().size;
        let proof = log.consistency(size).unwrap();
        assert_eq!(verify_consistency(note, &proof, &log.vkey()).unwrap().size, 513);
    }
    // Another log under the same key but with another past is not the continuation.
    let other = Place::new();
    fs::create_dir_all(other.key().parent().unwrap()).unwrap();
    fs::copy(place.key(), other.key()).unwrap();
    let forked = other.open();
    fill(&forked, 0, 400).await;
    let proof = forked.consistency(200).unwrap();
    assert!(verify_consistency(&old[2], &proof, &log.vkey()).is_err());
}

#[tokio::test]
async fn an_outsider_recomputes_the_root_from_the_published_tiles() {
    let place = Place::new();
    let log = place.open();
    fill(&log, 0, 300).await;
    let note = log.checkpoint().unwrap();
    let checkpoint = Verifier::parse(&log.vkey()).unwrap().open(&note).unwrap();
    let full = fs::read(place.dir().join("tile/0/000")).unwrap();
    let partial = fs::read(place.dir().join("tile/0/001.p/44")).unwrap();
    assert_eq!((full.len(), partial.len()), (256 * 32, 44 * 32));
    let above = fs::read(place.dir().join("tile/1/000.p/1")).unwrap();
    assert_eq!(above.len(), 32);
    // The proof of entry 299 is made of the tile above and of hashes in the partial tile.
    let receipt = log.receipt(299).unwrap();
    let leaf = receipt.lines().nth(1).unwrap().strip_prefix("leaf ").unwrap();
    let leaf = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, leaf).unwrap();
    assert_eq!(leaf_hash(&leaf), partial[43 * 32..]);
    let path: Vec<[u8; 32]> = receipt
        .lines()
        .skip(7)
        .take_while(|line| !line.is_empty())
        .map(|line| base64::Engine::decode(&base64::engine::general_purpose::STANDARD, line).unwrap())
        .map(|bytes| bytes.try_into().unwrap())
        .collect();
    assert_eq!(path.last().unwrap()[..], above[..]);
    assert!(is_included(&leaf_hash(&leaf), 299, 300, &path, &checkpoint.root));
}

#[tokio::test]
async fn a_blanked_body_is_gone_for_good_and_its_proof_stays() {
    let place = Place::new();
    let log = place.open();
    fill(&log, 0, 3).await;
    let before = log.receipt(1).unwrap();
    let checkpoint = log.checkpoint().unwrap();
    log.blank(1).await.unwrap();
    log.blank(1).await.unwrap();
    let record = &log.read(1, 1).unwrap()[0];
    assert!(record.is_blanked && record.body.is_empty());
    let receipt = verify_receipt(&log.receipt(1).unwrap(), &log.vkey()).unwrap();
    assert_eq!((receipt.index, receipt.body), (1, None));
    assert!(verify_receipt(&before, &log.vkey()).unwrap().body.is_some());
    assert_eq!(log.checkpoint().unwrap(), checkpoint);
    assert!(matches!(log.blank(9).await, Err(ReadError::Missing(9))));
    drop(log);
    let bytes = fs::read(place.dir().join("records")).unwrap();
    let body = "第1次调用".as_bytes();
    assert!(!bytes.windows(body.len()).any(|part| part == body));
    let report = verify(&place.dir(), None);
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.blanked, 1);
    assert_eq!(place.open().size(), 3);
}

#[tokio::test]
async fn the_key_is_for_its_owner_alone_and_never_replaced() {
    let place = Place::new();
    let log = place.open();
    fill(&log, 0, 2).await;
    let vkey = log.vkey();
    drop(log);
    assert_eq!(
        fs::metadata(place.key()).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        fs::read_to_string(place.dir().join("vkey")).unwrap(),
        vkey.clone() + "\n"
    );
    assert_eq!(place.open().vkey(), vkey);
    let aside = place.root.path().join("aside");
    fs::rename(place.key(), &aside).unwrap();
    let refused = Log::open(&place.dir(), ORIGIN, &place.key()).err().unwrap();
    assert!(matches!(refused, OpenError::KeyMissing(_)) && !place.key().exists());
    let other = Place::new();
    drop(other.open());
    let refused = Log::open(&place.dir(), ORIGIN, &other.key()).err().unwrap();
    assert!(matches!(refused, OpenError::KeyOther(_)));
    let refused = Log::open(&place.dir(), "elsewhere", &aside).err().unwrap();
    assert!(matches!(refused, OpenError::KeyOther(_)));
}

#[tokio::test]
async fn two_processes_never_write_one_log() {
    let place = Place::new();
    let log = place.open();
    let refused = Log::open(&place.dir(), ORIGIN, &place.key()).err().unwrap();
    assert!(matches!(refused, OpenError::Busy(_)), "{refused}");
    drop(log);
    place.open();
}

#[tokio::test]
async fn what_the_log_does_not_take_is_refused_and_leaves_no_trace() {
    let place = Place::new();
    let log = place.open();
    assert!(matches!(
        log.append("两个字", vec![]).await,
        Err(AppendError::BadKind(_))
    ));
    let long = vec![0; evidence::MAX_BODY + 1];
    assert_eq!(
        log.append("call", long).await,
        Err(AppendError::TooLarge(evidence::MAX_BODY + 1))
    );
    assert_eq!(log.append("call", vec![7; evidence::MAX_BODY]).await, Ok(0));
    assert_eq!(log.append("call", vec![]).await, Ok(1));
    assert_eq!(log.size(), 2);
    assert!(Log::open(Path::new("/nonexistent"), "a b", &place.key()).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_at_once_each_get_their_own_entry() {
    let place = Place::new();
    let log = place.open();
    let callers: Vec<_> = (0..64)
        .map(|caller| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                for n in 0..40 {
                    let body = format!("{caller}/{n}").into_bytes();
                    mine.push((log.append("call", body.clone()).await.unwrap(), body));
                }
                mine
            })
        })
        .collect();
    let mut seen = std::collections::BTreeMap::new();
    for caller in callers {
        let mine = caller.await.unwrap();
        assert!(mine.windows(2).all(|pair| pair[0].0 < pair[1].0));
        seen.extend(mine);
    }
    assert_eq!(seen.len(), 64 * 40);
    for record in log.read(0, 64 * 40).unwrap() {
        assert_eq!(seen[&record.index], record.body);
    }
    drop(log);
    let report = verify(&place.dir(), None);
    assert!(report.is_sound() && report.signed == 64 * 40, "{report}");
}

#[tokio::test]
async fn the_background_signs_without_being_asked() {
    let place = Place::new();
    let log = place.open();
    let first = fs::read_to_string(place.dir().join("checkpoint")).unwrap();
    fill(&log, 0, 1).await;
    loop {
        let note = fs::read_to_string(place.dir().join("checkpoint")).unwrap();
        if note != first {
            assert_eq!(Verifier::parse(&log.vkey()).unwrap().open(&note).unwrap().size, 1);
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
