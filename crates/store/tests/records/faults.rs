use std::io::{BufRead, BufReader};

use store::{
    Config, Engine, EventKind, Passing, Store, StoreError, events, orgs, settings, testing::Fresh, users,
};

use crate::city::{event, found, seal};

#[tokio::test]
async fn a_server_that_does_not_answer_is_said_to_be_unavailable_in_plain_words() {
    let fresh = Fresh::on(Engine::Sqlite).await;
    let config = Config {
        // Nobody listens on the discard port.
        database: Some("postgres://yishu@127.0.0.1:9/city".to_owned()),
        data_dir: fresh.config.data_dir.clone(),
    };
    let error = Store::open(&config).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.words().contains("数据库暂时无法连接"));
}

#[tokio::test]
async fn an_address_that_is_none_is_said_to_be_wrong_before_anything_is_tried() {
    let fresh = Fresh::on(Engine::Sqlite).await;
    for address in [
        "city",
        "mysql://yishu@localhost/city",
        "sqlite:///tmp/city.db",
        "postgres:// /",
    ] {
        let config = Config {
            database: Some(address.to_owned()),
            data_dir: fresh.config.data_dir.clone(),
        };
        let error = Store::open(&config).await.unwrap_err();
        assert!(matches!(error, StoreError::Address(_)), "{address}: {error:?}");
    }
}

#[tokio::test]
async fn a_database_that_went_away_is_said_to_be_unavailable() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        store.close().await;
        let reading = orgs::all(store.read()).await;
        assert!(matches!(reading, Err(StoreError::Unavailable(_))), "{reading:?}");
        assert!(matches!(store.write().await, Err(StoreError::Unavailable(_))));
        assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
    }
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_made_is_an_error_of_its_own() {
    let fresh = Fresh::on(Engine::Sqlite).await;
    let file = fresh.dir().join("file");
    std::fs::write(&file, "not a directory").unwrap();
    let error = Store::open(&Config {
        database: None,
        data_dir: file.join("data"),
    })
    .await
    .unwrap_err();
    assert!(matches!(error, StoreError::Directory(_)), "{error:?}");
}

#[tokio::test]
async fn a_path_with_spaces_and_chinese_is_opened() {
    let fresh = Fresh::on(Engine::Sqlite).await;
    let data_dir = fresh.dir().join("数据 目录?#%");
    let store = Store::open(&Config {
        database: None,
        data_dir: data_dir.clone(),
    })
    .await
    .unwrap();
    store.ping().await.unwrap();
    assert!(data_dir.join("city.db").exists());
}

#[tokio::test]
async fn a_word_that_is_not_of_its_vocabulary_names_table_column_and_record() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        for (sql, table, column) in [
            ("UPDATE orgs SET kind = 'wizard' WHERE id = 'mzj'", "orgs", "kind"),
            (
                "UPDATE users SET roles = '[\"wizard\"]' WHERE id = 'u-cat'",
                "users",
                "roles",
            ),
        ] {
            store.tamper(sql).await.unwrap();
            let error = match table {
                "orgs" => orgs::get(store.read(), &"mzj".into()).await.unwrap_err(),
                _ => users::get(store.read(), &"u-cat".into()).await.unwrap_err(),
            };
            match error {
                StoreError::CorruptRow {
                    table: t,
                    column: c,
                    id,
                } => {
                    assert_eq!((t, c), (table, column));
                    assert!(["mzj", "u-cat"].contains(&id.as_str()));
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_or_an_altered_migration_is_not_opened() {
    for fresh in Fresh::on_both().await {
        for sql in [
            "INSERT INTO migrations (number, name, digest) VALUES (9999, 'later', 'x')",
            "UPDATE migrations SET digest = 'other' WHERE number = 1",
        ] {
            let store = fresh.store().await;
            store.tamper(sql).await.unwrap();
            store.close().await;
            let error = Store::open(&fresh.config).await.unwrap_err();
            assert!(matches!(error, StoreError::Migration(_)), "{error:?}");
            if sql.starts_with("INSERT") {
                repair(&fresh).await;
            }
        }
    }
}

/// Takes the newer version's mark away again, by the engine's own means.
async fn repair(fresh: &Fresh) {
    use sqlx::{Connection, Executor};
    sqlx::any::install_default_drivers();
    let path = format!("sqlite://{}", fresh.config.data_dir.join("city.db").display());
    let url = fresh.config.database.clone().unwrap_or(path);
    let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
    connection
        .execute("DELETE FROM migrations WHERE number = 9999")
        .await
        .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn two_nodes_that_start_together_migrate_once() {
    for fresh in Fresh::on_both().await {
        let (one, two) = tokio::join!(Store::open(&fresh.config), Store::open(&fresh.config));
        one.unwrap().ping().await.unwrap();
        two.unwrap().ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_write_that_loses_its_server_is_not_done_and_the_next_one_is() {
    let fresh = Fresh::on(Engine::Postgres).await;
    let store = found(&fresh).await;
    let last = events::last_seq(store.read()).await.unwrap();
    let mut write = store.write().await.unwrap();
    settings::set(&mut write, "half", "done").await.unwrap();
    fresh.cut_connections().await;
    let sealed = write.seal(event(EventKind::SettingChanged, "half")).await;
    assert!(matches!(sealed, Err(StoreError::Unavailable(_))), "{sealed:?}");

    // The connections come back by themselves, and the lost write has used no number up.
    assert_eq!(settings::get(store.read(), "half").await.unwrap(), None);
    let write = store.write().await.unwrap();
    assert_eq!(seal(write).await, last + 1);
}

#[tokio::test]
async fn a_write_for_which_the_disk_has_no_room_is_not_done_and_the_next_one_is() {
    let fresh = Fresh::on(Engine::Sqlite).await;
    let store = found(&fresh).await;
    // No more pages than there are: the engine says the same as on a full disk.
    store.tamper("PRAGMA max_page_count = 1").await.unwrap();
    let mut write = store.write().await.unwrap();
    let error = settings::set(&mut write, "large", &"x".repeat(1 << 20))
        .await
        .unwrap_err();
    assert_eq!(error.passing(), Some(Passing::Full), "{error:?}");
    assert!(error.words().contains("存储空间不足"));
    drop(write);

    let mut write = store.write().await.unwrap();
    settings::set(&mut write, "small", "x").await.unwrap();
    seal(write).await;
    assert_eq!(
        settings::get(store.read(), "small").await.unwrap().as_deref(),
        Some("x")
    );
    assert_eq!(settings::get(store.read(), "large").await.unwrap(), None);
}

#[tokio::test]
async fn what_is_asked_for_by_a_character_that_no_text_holds_is_not_there() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let asked = orgs::get(store.read(), &"a\0b".into()).await;
        assert!(matches!(asked, Err(StoreError::Missing { .. })), "{asked:?}");
    }
}

/// Not a test of its own: the process that the next test kills. It seals writes and says so, for ever.
#[tokio::test]
async fn writer_to_be_killed() {
    let Ok(data_dir) = std::env::var(DATA_DIR) else {
        return;
    };
    let config = Config {
        database: std::env::var(DATABASE).ok(),
        data_dir: data_dir.into(),
    };
    let store = Store::open(&config).await.unwrap();
    for n in 1_i64.. {
        let mut write = store.write().await.unwrap();
        settings::set(&mut write, "n", &n.to_string()).await.unwrap();
        let seq = seal(write).await;
        println!("\nsealed {seq}");
    }
}

const DATA_DIR: &str = "YISHU_TEST_DATA_DIR";
const DATABASE: &str = "YISHU_TEST_DATABASE";

#[tokio::test]
async fn no_sealed_write_is_lost_when_the_process_is_killed() {
    for fresh in Fresh::on_both().await {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "faults::writer_to_be_killed", "--nocapture"]);
        child.env(DATA_DIR, &fresh.config.data_dir);
        child.env_remove(DATABASE);
        child.envs(fresh.config.database.iter().map(|url| (DATABASE, url)));
        let mut child = child.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let mut sealed = 0;
        let mut note = |line: String| {
            if let Some(seq) = line.strip_prefix("sealed ") {
                sealed = seq.parse::<i64>().unwrap();
            }
            sealed
        };
        while note(said.next().expect("the writer goes on until it is killed")) < 20 {}
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said before it died is promised too.
        said.for_each(|line| {
            note(line);
        });

        let store = fresh.store().await;
        let last = events::last_seq(store.read()).await.unwrap();
        assert!(last >= sealed, "{sealed} were sealed, {last} are there");
        let n = settings::get(store.read(), "n").await.unwrap().unwrap();
        assert_eq!(n, last.to_string(), "a change and its event are there together");
        assert_eq!(
            events::unlogged(store.read(), u32::MAX).await.unwrap().len() as i64,
            last
        );
    }
}
