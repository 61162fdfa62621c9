//! `yishu deliver` against a served city.

#[path = "../../app/tests/stories/town.rs"]
mod town;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use metrics_exporter_prometheus::PrometheusBuilder;
use rules::{catalogue::ShareKind, ids::EntryId};
use store::Engine;
use town::{PEOPLE_CSV, Town, now, people_content};

struct Desk {
    _town: Town,
    address: String,
    key: String,
    entry: EntryId,
}

impl Desk {
    async fn open() -> Desk {
        let town = Town::on(Engine::Sqlite).await;
        let entry = town.publish(people_content(ShareKind::Unconditional)).await;
        let (key, _) = town.key("engineer").await;
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let gateway = gateway::Gateway::at(town.city.clone(), metrics, now);
        let router = gateway.calls().merge(gateway.rest());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Desk {
            _town: town,
            address,
            key,
            entry,
        }
    }

    async fn deliver(&self, file: &Path, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yishu"));
        command.args([
            "deliver",
            "--server",
            &self.address,
            "--entry",
            &self.entry.0,
            "--file",
        ]);
        command.arg(file).args(more).env("YISHU_KEY", &self.key);
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art16_a_file_is_delivered_and_told_with_counts_scores_and_the_refused_rows() {
    let desk = Desk::open().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("户籍.csv");
    fs::write(&file, PEOPLE_CSV).unwrap();
    let first = desk.deliver(&file, &[]).await;
    assert_eq!(first.status.code(), Some(0), "{}{}", out(&first), err(&first));
    assert!(
        out(&first).contains("共 4 行，入库 4 行，拒收 0 行"),
        "{}",
        out(&first)
    );
    let scores = out(&first)
        .lines()
        .find(|it| it.starts_with("质量评分"))
        .unwrap()
        .to_owned();
    assert_eq!(scores.split('　').count(), 7, "{scores}");
    assert!(
        scores.contains("完整性 100.0") && scores.contains("一致性 未评"),
        "{scores}"
    );
    let again = desk.deliver(&file, &[]).await;
    assert_eq!(again.status.code(), Some(5), "{}{}", out(&again), err(&again));
    assert_eq!(
        out(&again),
        format!(
            "{}该批次此前已经接收，没有再次入库。如确需再次入库，请用 --batch 给出新的批次号。\n",
            out(&first)
        ),
        "the same file is the same batch, loaded once"
    );
    an_increment_with_a_bad_row(&desk, dir.path()).await;
    a_batch_refused_whole(&desk, dir.path(), &file).await;
}

async fn an_increment_with_a_bad_row(desk: &Desk, dir: &Path) {
    let more = dir.join("增量.csv");
    fs::write(
        &more,
        "id,name,region,born\n005,赵六,431124,1980-01-02\n006,,431124,1980-01-02\n",
    )
    .unwrap();
    let part = desk.deliver(&more, &["--kind", "incremental"]).await;
    assert_eq!(part.status.code(), Some(3), "{}{}", out(&part), err(&part));
    assert!(
        out(&part).contains("入库 1 行，拒收 1 行") && out(&part).contains("现有数据　5 行"),
        "{}",
        out(&part)
    );
    let refused = fs::read_to_string(dir.join("增量-拒收明细.csv")).unwrap();
    assert!(
        refused.lines().count() == 2 && refused.contains("姓名"),
        "{refused}"
    );
}

async fn a_batch_refused_whole(desk: &Desk, dir: &Path, loaded: &Path) {
    let bad = dir.join("坏.csv");
    fs::write(&bad, "id,name,region,born\n007,,431124,1980-01-02\n").unwrap();
    let elsewhere = dir.join("明细.csv");
    let whole = desk
        .deliver(
            &bad,
            &["--refusals", elsewhere.to_str().unwrap(), "--batch", "坏批"],
        )
        .await;
    assert_eq!(whole.status.code(), Some(1), "{}{}", out(&whole), err(&whole));
    assert!(
        out(&whole).contains("原因") && elsewhere.exists(),
        "{}",
        out(&whole)
    );
    assert!(
        out(&whole).contains("读取 1 行，其中 1 行不合格，整批未入库") && !out(&whole).contains("入库 0 行"),
        "{}",
        out(&whole)
    );
    let differs = desk.deliver(loaded, &["--batch", "坏批"]).await;
    assert_eq!(differs.status.code(), Some(1), "{}", out(&differs));
    assert!(
        err(&differs).contains("批次号“坏批”此前已用于另一份文件") && err(&differs).contains("batch-differs"),
        "{}",
        err(&differs)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_or_an_unknown_entry_is_told_in_the_citys_words() {
    let mut desk = Desk::open().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("大.csv");
    // Bigger than what fits into the connection: the refusal comes before the file is sent.
    fs::write(&file, PEOPLE_CSV.repeat(200_000)).unwrap();
    desk.entry = EntryId("01none".to_owned());
    let unknown = desk.deliver(&file, &[]).await;
    assert_eq!(unknown.status.code(), Some(1), "{}", err(&unknown));
    assert!(err(&unknown).contains("not-found"), "{}", err(&unknown));
    desk.key = "yk_wrong".to_owned();
    let stranger = desk.deliver(&file, &[]).await;
    assert_eq!(stranger.status.code(), Some(1), "{}", err(&stranger));
    assert!(err(&stranger).contains("密钥"), "{}", err(&stranger));
}
