//! `yishu demo`: a living city in a fresh directory. Everything in it was done through the same functions that the
//! pages call, so its evidence log verifies like any other.

mod calls;
mod card;
mod cast;
mod data;
mod entries;
#[cfg(test)]
mod findable;
mod many;
mod open;
mod story;

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use app::{City, Config};
use clap::Args;
use jiff::Timestamp;
use rules::calendar::Calendar;

use cast::Cast;
use story::{Outcome, Teller};

/// A table to begin a new entry with, beside the data.
const SAMPLE: &str = "townships.csv";

/// Options of `yishu demo`.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// 监听地址
    #[arg(long, default_value = "127.0.0.1:8080", env = "YISHU_LISTEN")]
    pub listen: SocketAddr,
    /// 数据目录。须为空目录或尚不存在;不给出时使用新的临时目录
    #[arg(long, env = "YISHU_DATA")]
    pub data: Option<PathBuf>,
    /// 数据库地址 postgres://…;不给出时使用数据目录内的 SQLite
    #[arg(long, env = "YISHU_DATABASE")]
    pub database: Option<String>,
    /// 合成人口数
    #[arg(long, default_value_t = 200_000)]
    pub people: u64,
    /// 另外编制并列入开放清单的目录条数，用于测量
    #[arg(long, default_value_t = 0, hide = true)]
    pub entries: u64,
}

/// Makes the demo city and serves it until it is told to stop.
pub async fn run(args: DemoArgs) -> Result<(), Box<dyn Error>> {
    // The listener first: a busy port is told before half a minute of work.
    let listener = crate::serve::bind(args.listen).await?;
    let (data_dir, _lock) = fresh_directory(&args)?;
    let since = Instant::now();
    let config = Config {
        data_dir: data_dir.clone(),
        database: args.database.clone(),
        origin: "yongzhou.demo/yishu".into(),
    };
    let city = City::open(config).await?;
    let now = crate::clock::now();
    let address = format!("http://{}", listener.local_addr()?);
    let scratch = tempfile::tempdir()?;
    let card = build(&city, now, &args, scratch.path(), &address).await?;
    let path = data_dir.join("demo.json");
    std::fs::write(&path, serde_json::to_vec_pretty(&card)?)?;
    // Whoever has the binary alone can walk the catalogue's story too.
    let sample = data_dir.join(SAMPLE);
    std::fs::write(&sample, data::TOWNSHIPS)?;
    say(&format!(
        "演示城市已就绪，用时 {:.1} 秒。数据目录：{}",
        since.elapsed().as_secs_f64(),
        data_dir.display()
    ));
    say(&format!("编制新目录用的样表：{}", sample.display()));
    card::print(&card, &path);
    crate::serve::run(city, listener, None).await
}

fn fresh_directory(args: &DemoArgs) -> Result<(PathBuf, crate::lock::Lock), Box<dyn Error>> {
    let path = match &args.data {
        Some(path) => path.clone(),
        None => std::env::temp_dir().join(format!("yishu-demo-{}", std::process::id())),
    };
    if path.read_dir().is_ok_and(|mut it| it.next().is_some()) {
        let words = format!(
            "数据目录 {} 不是空目录。演示城市只建在空目录中，请另选目录，或用 yishu serve 启动已有城市。",
            path.display()
        );
        return Err(words.into());
    }
    let lock = crate::lock::Lock::take(&path)?;
    Ok((path, lock))
}

async fn build(
    city: &City,
    now: Timestamp,
    args: &DemoArgs,
    scratch: &std::path::Path,
    address: &str,
) -> Result<serde_json::Value, Box<dyn Error>> {
    let people = args.people;
    say("建立机构与账号……");
    let founded = now - jiff::SignedDuration::from_hours(24 * 120);
    let cast = Cast::found(city, founded).await?;
    let teller = Teller {
        city,
        cast: &cast,
        now,
        calendar: Calendar::built_in(),
        scratch,
    };
    let mut outcome = Outcome::default();
    say("编制、审核并发布目录……");
    let mut seeds = vec![entries::population()];
    seeds.extend(entries::published());
    for seed in &seeds {
        outcome.entries.insert(seed.key, teller.publish(seed).await?);
    }
    teller.drafts().await?;
    say(&format!("归集数据：{people} 名合成人口与 41,352 个乡镇等……"));
    let file = teller.population_file(people)?;
    teller
        .deliver(&outcome.entries["population"], "gongan", "户籍-首批", &file)
        .await?;
    std::fs::remove_file(file)?;
    for seed in &seeds[1..] {
        if let Some(file) = teller.small_file(seed.key, &seed.content.title)? {
            teller
                .deliver(&outcome.entries[seed.key], seed.cataloguer, "首批", &file)
                .await?;
        }
    }
    say("申请、授权与争议……");
    teller.claims(&outcome.entries).await?;
    teller.requests(&mut outcome).await?;
    say("各部门系统调用网关……");
    let keys = calls::keys(&teller).await?;
    let index = calls::history(&teller, &keys, &outcome, people).await?;
    teller.corrections(&keys, &outcome, people).await?;
    let public = open::tell(&teller, &mut outcome, say).await?;
    if args.entries != 0 {
        say(&format!("另外编制 {} 条目录……", args.entries));
        teller.many(args.entries).await?;
    }
    let mut card = card::make(&cast, &keys, &outcome, address, people, index);
    card::add_public(&mut card, &public);
    Ok(card)
}

fn say(words: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{words}");
    let _ = out.flush();
}
