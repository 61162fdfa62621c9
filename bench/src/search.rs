//! Searches of a large catalogue: how long they take as the public, a machine and an official see it, and how good the
//! answers are.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use synthetic::{CatalogueEntry, CatalogueQuery, catalogue, catalogue_queries};

use crate::city::City;
use crate::{Args, load, report};

/// The seed of the demo city's large catalogue: the bench knows what answers a question by making it again.
const DEMO_SEED: u64 = 20_250_701;

/// One entry in so many is looked for by its own title.
const EVERY: usize = 500;

/// The directories of the two indexes, of the catalogue and of what is open.
const INDEXES: [&str; 2] = ["search", "search-open"];

/// Measures and prints.
pub fn run(binary: &Path, data: &Path, args: &Args) -> Result<(), Box<dyn Error>> {
    println!("检索:{} 条目录,全部列入开放清单", args.entries);
    drop(City::demo(binary, data, 1_000, args.entries)?);
    let city = starts(binary, data)?;
    let queries = catalogue_queries(DEMO_SEED);
    times(&city, &queries, args)?;
    report::line("服务进程内存", city.memory_mib()?, "MiB");
    report::line("服务进程内存峰值", city.memory_mib_max()?, "MiB");
    let entries: Vec<CatalogueEntry> = catalogue(args.entries, DEMO_SEED).collect();
    relevance(&city, &queries, &entries)?;
    known_items(&city, &entries)?;
    withdrawal(&city)
}

/// Starts the city twice, without its indexes and with them, and leaves it running.
fn starts(binary: &Path, data: &Path) -> Result<City, Box<dyn Error>> {
    for index in INDEXES {
        fs::remove_dir_all(data.join(index))?;
    }
    let timed = || -> Result<(City, f64), Box<dyn Error>> {
        let since = Instant::now();
        let city = City::serve(binary, data)?;
        Ok((city, since.elapsed().as_secs_f64()))
    };
    let (city, without) = timed()?;
    drop(city);
    let (city, with) = timed()?;
    report::line("没有索引时启动(建立内、外两份索引)", without, "s");
    report::line("有索引时启动", with, "s");
    for (index, name) in INDEXES.into_iter().zip(["目录索引大小", "开放目录索引大小"]) {
        report::line(name, size(&data.join(index))? as f64 / 1_048_576.0, "MiB");
    }
    let since = Instant::now();
    ask(&city, "/dataset?q=", "低保")?;
    report::line("启动后的第一次检索", since.elapsed().as_secs_f64() * 1000.0, "ms");
    Ok(city)
}

fn size(dir: &Path) -> Result<u64, Box<dyn Error>> {
    let mut bytes = 0;
    for item in fs::read_dir(dir)? {
        let item = item?;
        bytes += if item.file_type()?.is_dir() {
            size(&item.path())?
        } else {
            item.metadata()?.len()
        };
    }
    Ok(bytes)
}

/// How long answers take, asked by one client and by sixteen at once.
fn times(city: &City, queries: &[CatalogueQuery], args: &Args) -> Result<(), Box<dyn Error>> {
    let whole: Vec<String> = queries.iter().map(|it| it.text.clone()).collect();
    // As one types: every beginning of up to four characters.
    let begun: Vec<String> = whole
        .iter()
        .enumerate()
        .map(|(n, it)| it.chars().take(1 + n % 4).collect())
        .collect();
    let cookie = format!("{}\r\n", sign_in(city, "yibao")?);
    let surfaces = [
        ("公众检索页", "/dataset?q=", &whole, ""),
        ("输入联想", "/open/suggest?q=", &begun, ""),
        (
            "CKAN package_search",
            "/api/3/action/package_search?q=",
            &whole,
            "",
        ),
        ("部门检索页(登录)", "/entries?q=", &whole, cookie.as_str()),
    ];
    for (name, path, texts, cookie) in surfaces {
        let requests: Vec<String> = texts
            .iter()
            .map(|it| {
                format!(
                    "GET {path}{} HTTP/1.1\r\nhost: {}\r\n{cookie}",
                    encoded(it),
                    city.address
                )
            })
            .collect();
        for clients in [1, 16] {
            let requests = requests.clone();
            let round = load::round(
                &city.address,
                clients,
                Duration::from_secs(args.seconds),
                move |n| {
                    // Each from an address of its own: what one address may ask in a minute is limited.
                    let from = format!(
                        "x-forwarded-for: 10.{}.{}.{}\r\n\r\n",
                        n >> 16 & 255,
                        n >> 8 & 255,
                        n & 255
                    );
                    (requests[(n as usize * 7919) % requests.len()].clone() + &from).into_bytes()
                },
            )?;
            println!(
                "  {name},{clients} 个客户端:p50 {:.2} ms,p99 {:.2} ms,{:.0} 次/s",
                round.p50_ms, round.p99_ms, round.per_second
            );
        }
    }
    Ok(())
}

/// The cookie of somebody who is signed in, as a line of a request.
fn sign_in(city: &City, login: &str) -> Result<String, Box<dyn Error>> {
    let (login, password) = city.account(login)?;
    let form = format!("login={}&password={}", encoded(login), encoded(password));
    let headers = ["content-type: application/x-www-form-urlencoded"];
    let (_, head, _) = load::ask(&city.address, "POST /sign-in", &headers, &form)?;
    let cookie = head
        .lines()
        .find_map(|it| it.strip_prefix("set-cookie: ")?.split(';').next())
        .ok_or("nobody was signed in")?;
    Ok(format!("cookie: {cookie}"))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn ask(city: &City, path: &str, text: &str) -> Result<String, Box<dyn Error>> {
    let line = format!("GET {path}{}", encoded(text));
    let (status, _, body) = load::ask(&city.address, &line, &[], "")?;
    if status == 200 {
        Ok(body)
    } else {
        Err(format!("{line} was answered with {status}").into())
    }
}

/// The titles that a text finds, the best first.
fn found(city: &City, text: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let body: Value = serde_json::from_str(&ask(city, "/api/open/v1/datasets?limit=30&q=", text)?)?;
    let sets = body["datasets"].as_array().ok_or("no data sets")?;
    Ok(sets
        .iter()
        .filter_map(|it| Some(it["title"].as_str()?.to_owned()))
        .collect())
}

/// NDCG@10 by kind of question. Sets that the demo has besides are neither right nor wrong, and left out.
fn relevance(
    city: &City,
    queries: &[CatalogueQuery],
    entries: &[CatalogueEntry],
) -> Result<(), Box<dyn Error>> {
    let about: HashMap<&str, (usize, &str)> = entries
        .iter()
        .map(|it| (it.title.as_str(), (it.subject, it.region)))
        .collect();
    let mut kinds: Vec<(&str, Vec<f64>)> = Vec::new();
    for query in queries {
        let is_answer = |(subject, region): (usize, &str)| query.is_answered_by(subject, region);
        let titles = found(city, &query.text)?;
        let judged = titles.iter().filter_map(|it| about.get(it.as_str()));
        let hits: Vec<bool> = judged.take(10).map(|it| is_answer(*it)).collect();
        let answers = entries.iter().filter(|it| is_answer((it.subject, it.region)));
        let figure = gain(&hits) / gain(&vec![true; answers.take(10).count()]);
        match kinds.iter_mut().find(|it| it.0 == query.kind) {
            Some((_, figures)) => figures.push(figure),
            None => kinds.push((query.kind, vec![figure])),
        }
    }
    let mean = |figures: &[f64]| figures.iter().sum::<f64>() / figures.len() as f64;
    let all: Vec<f64> = kinds.iter().flat_map(|it| it.1.clone()).collect();
    report::line("NDCG@10,全部问题", mean(&all), "");
    for (kind, figures) in &kinds {
        report::line(&format!("  {kind}({} 个)", figures.len()), mean(figures), "");
    }
    Ok(())
}

/// Discounted gain of hits in order.
fn gain(hits: &[bool]) -> f64 {
    let hits = hits.iter().zip(2_u32..).filter(|it| *it.0);
    hits.map(|it| 1.0 / f64::from(it.1).log2()).sum()
}

/// How many entries are among the first ten that their own title finds, and its words in another order.
fn known_items(city: &City, entries: &[CatalogueEntry]) -> Result<(), Box<dyn Error>> {
    let (mut by_title, mut by_words, mut all) = (0, 0, 0);
    for entry in entries.iter().step_by(EVERY) {
        let words: Vec<&str> = entry.words.iter().rev().map(String::as_str).collect();
        let has = |text: &str| -> Result<u64, Box<dyn Error>> {
            Ok(u64::from(
                found(city, text)?.iter().take(10).any(|it| *it == entry.title),
            ))
        };
        by_title += has(&entry.title)?;
        by_words += has(&words.join(" "))?;
        all += 1;
    }
    let share = |n: u64| n as f64 / all as f64 * 100.0;
    report::line("以完整名称检索,前十条内有该目录", share(by_title), "%");
    report::line("以名称中的词换序检索,前十条内有该目录", share(by_words), "%");
    Ok(())
}

/// How long it takes from the withdrawal of an open set until nothing finds it any more, with all the others in place.
fn withdrawal(city: &City) -> Result<(), Box<dyn Error>> {
    let title = "公交线路信息";
    let body: Value = serde_json::from_str(&ask(city, "/api/open/v1/datasets?limit=1&q=", title)?)?;
    let set = &body["datasets"][0];
    let id = set["id"].as_str().filter(|_| set["title"] == title);
    let path = format!("/opening/{}/withdraw", id.ok_or("the demo has no such set")?);
    let cookie = sign_in(city, "jiaotong.head")?;
    let (_, _, form) = load::ask(&city.address, &format!("GET {path}"), &[&cookie], "")?;
    let token = form
        .split_once("name=\"csrf\" value=\"")
        .and_then(|it| it.1.split('"').next())
        .ok_or("the form has no token")?;
    let fields = format!(
        "csrf={}&reason={}",
        encoded(token),
        encoded("测量撤回后多久检索不到。")
    );
    let headers = [cookie.as_str(), "content-type: application/x-www-form-urlencoded"];
    let since = Instant::now();
    let (status, _, _) = load::ask(&city.address, &format!("POST {path}"), &headers, &fields)?;
    if status != 303 {
        return Err(format!("the withdrawal was answered with {status}").into());
    }
    let mut looks = 1;
    while found(city, title)?.iter().any(|it| it == title) {
        looks += 1;
    }
    let milliseconds = since.elapsed().as_secs_f64() * 1000.0;
    report::line("从提交撤回到公众检索不到", milliseconds, "ms");
    report::line("  其间检索次数", f64::from(looks), "次");
    Ok(())
}
